//! What SQLite calls. Each function finds the disk and asks it; files of other folders go to the VFS that was the
//! default before. The only module with `unsafe`: SQLite hands over pointers, and takes some.

#![expect(unsafe_code, reason = "SQLite's interface to files is one of C functions and pointers")]

use std::alloc::{Layout, alloc_zeroed, dealloc, handle_alloc_error};
use std::ffi::{CStr, c_char, c_int, c_void};
use std::path::Path;
use std::ptr::null_mut;
use std::sync::{Arc, Mutex, OnceLock, PoisonError, atomic};

use rusqlite::ffi;

use crate::disk::{Code, Opened, Shared};

/// The disks that are plugged in.
static DISKS: Mutex<Vec<Arc<Shared>>> = Mutex::new(Vec::new());
/// The VFS that was the default, and what became of putting this one before it.
static BEFORE: OnceLock<(Default, Code)> = OnceLock::new();

struct Default(*mut ffi::sqlite3_vfs);

// SAFETY: SQLite has its VFSs used from any thread, and this one, the system's own, is never unregistered.
unsafe impl Send for Default {}
// SAFETY: as above; it is not written here.
unsafe impl Sync for Default {}

/// Plugs a disk in.
pub(crate) fn add(disk: &Arc<Shared>) -> std::io::Result<()> {
    let (Default(before), code) = BEFORE.get_or_init(register);
    if before.is_null() || *code != ffi::SQLITE_OK {
        return Err(std::io::Error::other("SQLite does not take the VFS"));
    }
    disks().push(Arc::clone(disk));
    Ok(())
}

/// Plugs a disk out. Whoever has a file open keeps what there is.
pub(crate) fn remove(disk: &Arc<Shared>) {
    disks().retain(|known| !Arc::ptr_eq(known, disk));
}

fn disks() -> std::sync::MutexGuard<'static, Vec<Arc<Shared>>> {
    DISKS.lock().unwrap_or_else(PoisonError::into_inner)
}

fn register() -> (Default, Code) {
    // SAFETY: `sqlite3_vfs_find` with null returns the default VFS, which lives as long as the process, or null.
    let before = unsafe { ffi::sqlite3_vfs_find(null_mut()) };
    // SAFETY: when not null it points to a VFS, as above.
    let Some(default) = (unsafe { before.as_ref() }) else { return (Default(before), ffi::SQLITE_ERROR) };
    let ours = c_int::try_from(size_of::<Handle>()).unwrap_or(c_int::MAX);
    // All that is not about files stays the default's.
    let vfs = ffi::sqlite3_vfs {
        szOsFile: default.szOsFile.max(ours),
        pNext: null_mut(),
        zName: c"byleave-faulting".as_ptr(),
        xOpen: Some(open),
        xDelete: Some(delete),
        xAccess: Some(access),
        ..*default
    };
    // SAFETY: the VFS is complete and is never freed, as `sqlite3_vfs_register` asks.
    let code = unsafe { ffi::sqlite3_vfs_register(Box::leak(Box::new(vfs)), 1) };
    (Default(before), code)
}

fn default() -> *mut ffi::sqlite3_vfs {
    BEFORE.get().map_or(null_mut(), |(Default(before), _)| *before)
}

/// A file that SQLite has open: it sees the first field alone.
#[repr(C)]
struct Handle {
    base: ffi::sqlite3_file,
    open: *mut Open,
}

struct Open {
    disk: Arc<Shared>,
    opened: Opened,
    /// What SQLite has been given of the WAL's index: there as long as it may look.
    index: Vec<Arc<Region>>,
}

static METHODS: ffi::sqlite3_io_methods = ffi::sqlite3_io_methods {
    iVersion: 2,
    xClose: Some(close),
    xRead: Some(read),
    xWrite: Some(write),
    xTruncate: Some(truncate),
    xSync: Some(sync),
    xFileSize: Some(file_size),
    xLock: Some(lock),
    xUnlock: Some(unlock),
    xCheckReservedLock: Some(check_reserved_lock),
    xFileControl: Some(file_control),
    xSectorSize: Some(sector_size),
    xDeviceCharacteristics: Some(device_characteristics),
    xShmMap: Some(shm_map),
    xShmLock: Some(shm_lock),
    xShmBarrier: Some(shm_barrier),
    xShmUnmap: Some(shm_unmap),
    xFetch: None,
    xUnfetch: None,
};

/// Memory of the WAL's index, zeroed, which all who have the file open read and write as they have agreed with locks.
#[derive(Debug)]
pub(crate) struct Region {
    memory: *mut u8,
    layout: Layout,
}

// SAFETY: the memory is SQLite's to read and write, from any thread; nothing here looks into it.
unsafe impl Send for Region {}
// SAFETY: as above.
unsafe impl Sync for Region {}

impl Region {
    pub fn new(size: usize) -> Self {
        let layout = Layout::from_size_align(size.max(8), 8).unwrap_or(Layout::new::<[u64; 4096]>());
        // SAFETY: the layout's size is not zero.
        let memory = unsafe { alloc_zeroed(layout) };
        if memory.is_null() {
            handle_alloc_error(layout);
        }
        Self { memory, layout }
    }
}

impl Drop for Region {
    fn drop(&mut self) {
        // SAFETY: allocated with this layout, and whoever was given the pointer held an `Arc` of this until closed.
        unsafe { dealloc(self.memory, self.layout) }
    }
}

/// The disk of a path that SQLite names, and the file's name on it.
///
/// # Safety
/// `name` is null or a string of C.
unsafe fn found(name: *const c_char) -> Option<(Arc<Shared>, String)> {
    if name.is_null() {
        return None;
    }
    // SAFETY: a string of C, as the caller says.
    let path = Path::new(unsafe { CStr::from_ptr(name) }.to_str().ok()?);
    let (folder, name) = (path.parent()?, path.file_name()?.to_str()?.to_owned());
    let disk = disks().iter().find(|disk| disk.folder == folder).cloned()?;
    Some((disk, name))
}

/// What is behind a handle that `open` has filled and `close` has not seen.
///
/// # Safety
/// `file` is such a handle, and nobody else uses it at the same time: SQLite uses a file from one thread at a time.
unsafe fn of<'a>(file: *mut ffi::sqlite3_file) -> &'a mut Open {
    // SAFETY: the handle is a `Handle` whose `open` is a box that `close` alone frees.
    unsafe { &mut *(*file.cast::<Handle>()).open }
}

fn code(outcome: Result<(), Code>) -> c_int {
    outcome.err().unwrap_or(ffi::SQLITE_OK)
}

unsafe extern "C" fn open(
    _: *mut ffi::sqlite3_vfs,
    name: ffi::sqlite3_filename,
    file: *mut ffi::sqlite3_file,
    flags: c_int,
    flags_out: *mut c_int,
) -> c_int {
    // SAFETY: SQLite names a file by a string of C, or by null.
    let Some((disk, name)) = (unsafe { found(name) }) else {
        let before = default();
        // SAFETY: the default VFS is there since `register`; it gets what SQLite gave, and room for its own handle.
        return unsafe {
            (*before).xOpen.map_or(ffi::SQLITE_CANTOPEN, |open| open(before, name, file, flags, flags_out))
        };
    };
    let has = |flag| flags & flag != 0;
    let journal = has(ffi::SQLITE_OPEN_WAL | ffi::SQLITE_OPEN_MAIN_JOURNAL | ffi::SQLITE_OPEN_SUPER_JOURNAL);
    let create = has(ffi::SQLITE_OPEN_CREATE);
    let opened = disk.state().open(&name, create, journal, has(ffi::SQLITE_OPEN_READONLY));
    let handle = file.cast::<Handle>();
    match opened {
        Ok(opened) => {
            let flags = if opened.read_only { ffi::SQLITE_OPEN_READONLY } else { flags };
            let open = Box::into_raw(Box::new(Open { disk, opened, index: Vec::new() }));
            // SAFETY: SQLite gives `szOsFile` bytes for the handle, which is at least a `Handle`.
            unsafe {
                handle.write(Handle { base: ffi::sqlite3_file { pMethods: &raw const METHODS }, open })
            };
            if !flags_out.is_null() {
                // SAFETY: SQLite gives room for a number, or null.
                unsafe { flags_out.write(flags) };
            }
            ffi::SQLITE_OK
        }
        Err(why) => {
            // SAFETY: as above; without methods SQLite does not close it.
            unsafe { (*file).pMethods = std::ptr::null() };
            why
        }
    }
}

unsafe extern "C" fn delete(_: *mut ffi::sqlite3_vfs, name: *const c_char, flush_folder: c_int) -> c_int {
    // SAFETY: SQLite names a file by a string of C.
    match unsafe { found(name) } {
        Some((disk, name)) => code(disk.state().remove(&name, flush_folder != 0)),
        None => {
            let before = default();
            // SAFETY: the default VFS is there since `register`, and gets what SQLite gave.
            unsafe {
                (*before)
                    .xDelete
                    .map_or(ffi::SQLITE_IOERR_DELETE, |delete| delete(before, name, flush_folder))
            }
        }
    }
}

unsafe extern "C" fn access(
    _: *mut ffi::sqlite3_vfs,
    name: *const c_char,
    flags: c_int,
    there: *mut c_int,
) -> c_int {
    // SAFETY: SQLite names a file by a string of C.
    match unsafe { found(name) } {
        Some((disk, name)) => {
            let is = disk.state().exists(&name);
            // SAFETY: SQLite gives room for a number.
            unsafe { there.write(c_int::from(is)) };
            ffi::SQLITE_OK
        }
        None => {
            let before = default();
            // SAFETY: the default VFS is there since `register`, and gets what SQLite gave.
            unsafe {
                (*before)
                    .xAccess
                    .map_or(ffi::SQLITE_IOERR_ACCESS, |access| access(before, name, flags, there))
            }
        }
    }
}

unsafe extern "C" fn close(file: *mut ffi::sqlite3_file) -> c_int {
    // SAFETY: SQLite closes a file that `open` has filled, once; from here on nobody has the box.
    let open = unsafe { Box::from_raw((*file.cast::<Handle>()).open) };
    open.disk.state().close(&open.opened);
    // SAFETY: the handle is still SQLite's memory.
    unsafe { (*file).pMethods = std::ptr::null() };
    ffi::SQLITE_OK
}

unsafe extern "C" fn read(
    file: *mut ffi::sqlite3_file,
    into: *mut c_void,
    count: c_int,
    at: ffi::sqlite3_int64,
) -> c_int {
    // SAFETY: SQLite passes a handle that `open` has filled.
    let open = unsafe { of(file) };
    let (count, at) = (usize::try_from(count).unwrap_or(0), usize::try_from(at).unwrap_or(usize::MAX));
    let bytes = match open.disk.state().read(&open.opened, at, count) {
        Ok(bytes) => bytes,
        Err(why) => return why,
    };
    // SAFETY: SQLite gives room for `count` bytes, and there are no more; what is past the file's end reads as zero.
    unsafe {
        into.cast::<u8>().write_bytes(0, count);
        into.cast::<u8>().copy_from_nonoverlapping(bytes.as_ptr(), bytes.len());
    }
    if bytes.len() == count { ffi::SQLITE_OK } else { ffi::SQLITE_IOERR_SHORT_READ }
}

unsafe extern "C" fn write(
    file: *mut ffi::sqlite3_file,
    from: *const c_void,
    count: c_int,
    at: ffi::sqlite3_int64,
) -> c_int {
    // SAFETY: SQLite passes a handle that `open` has filled.
    let open = unsafe { of(file) };
    let (count, at) = (usize::try_from(count).unwrap_or(0), usize::try_from(at).unwrap_or(usize::MAX));
    // SAFETY: SQLite passes `count` bytes, which stay as they are until this returns.
    let bytes = unsafe { std::slice::from_raw_parts(from.cast::<u8>(), count) };
    code(open.disk.state().write(&open.opened, at, bytes))
}

unsafe extern "C" fn truncate(file: *mut ffi::sqlite3_file, size: ffi::sqlite3_int64) -> c_int {
    // SAFETY: SQLite passes a handle that `open` has filled.
    let open = unsafe { of(file) };
    let size = usize::try_from(size).unwrap_or(0);
    code(open.disk.state().resize(&open.opened, size))
}

unsafe extern "C" fn sync(file: *mut ffi::sqlite3_file, _: c_int) -> c_int {
    // SAFETY: SQLite passes a handle that `open` has filled.
    let open = unsafe { of(file) };
    code(open.disk.state().flush(&mut open.opened))
}

unsafe extern "C" fn file_size(file: *mut ffi::sqlite3_file, size: *mut ffi::sqlite3_int64) -> c_int {
    // SAFETY: SQLite passes a handle that `open` has filled.
    let open = unsafe { of(file) };
    let found = open.disk.state().size(&open.opened);
    code(found.map(|found| {
        // SAFETY: SQLite gives room for a number.
        unsafe { size.write(ffi::sqlite3_int64::try_from(found).unwrap_or(0)) }
    }))
}

unsafe extern "C" fn lock(file: *mut ffi::sqlite3_file, level: c_int) -> c_int {
    // SAFETY: SQLite passes a handle that `open` has filled.
    let open = unsafe { of(file) };
    code(open.disk.state().lock(&open.opened, level))
}

unsafe extern "C" fn unlock(file: *mut ffi::sqlite3_file, level: c_int) -> c_int {
    // SAFETY: SQLite passes a handle that `open` has filled.
    let open = unsafe { of(file) };
    open.disk.state().unlock(&open.opened, level);
    ffi::SQLITE_OK
}

unsafe extern "C" fn check_reserved_lock(file: *mut ffi::sqlite3_file, reserved: *mut c_int) -> c_int {
    // SAFETY: SQLite passes a handle that `open` has filled.
    let open = unsafe { of(file) };
    let is = open.disk.state().is_reserved(&open.opened);
    code(is.map(|is| {
        // SAFETY: SQLite gives room for a number.
        unsafe { reserved.write(c_int::from(is)) }
    }))
}

unsafe extern "C" fn file_control(_: *mut ffi::sqlite3_file, _: c_int, _: *mut c_void) -> c_int {
    ffi::SQLITE_NOTFOUND
}

unsafe extern "C" fn sector_size(_: *mut ffi::sqlite3_file) -> c_int {
    // As SQLite's own VFS says of a disk that leaves alone what stands beside what is written.
    4096
}

unsafe extern "C" fn device_characteristics(_: *mut ffi::sqlite3_file) -> c_int {
    ffi::SQLITE_IOCAP_POWERSAFE_OVERWRITE
}

unsafe extern "C" fn shm_map(
    file: *mut ffi::sqlite3_file,
    part: c_int,
    size: c_int,
    extend: c_int,
    memory: *mut *mut c_void,
) -> c_int {
    // SAFETY: SQLite passes a handle that `open` has filled.
    let open = unsafe { of(file) };
    let (part, size) = (usize::try_from(part).unwrap_or(0), usize::try_from(size).unwrap_or(0));
    let region = open.disk.state().index(&open.opened, part, size, extend != 0);
    code(region.map(|region| {
        let pointer = region.as_ref().map_or(null_mut(), |region| region.memory.cast());
        open.index.extend(region);
        // SAFETY: SQLite gives room for a pointer; what it points to lives until the file is closed.
        unsafe { memory.write(pointer) }
    }))
}

unsafe extern "C" fn shm_lock(
    file: *mut ffi::sqlite3_file,
    first: c_int,
    count: c_int,
    flags: c_int,
) -> c_int {
    // SAFETY: SQLite passes a handle that `open` has filled.
    let open = unsafe { of(file) };
    let (first, count) = (usize::try_from(first).unwrap_or(0), usize::try_from(count).unwrap_or(0));
    let (places, alone) = (first..first + count, flags & ffi::SQLITE_SHM_EXCLUSIVE != 0);
    let mut state = open.disk.state();
    if flags & ffi::SQLITE_SHM_UNLOCK != 0 {
        state.index_unlock(&open.opened, places, alone);
        return ffi::SQLITE_OK;
    }
    code(state.index_lock(&open.opened, places, alone))
}

unsafe extern "C" fn shm_barrier(_: *mut ffi::sqlite3_file) {
    atomic::fence(atomic::Ordering::SeqCst);
}

unsafe extern "C" fn shm_unmap(file: *mut ffi::sqlite3_file, _: c_int) -> c_int {
    // SAFETY: SQLite passes a handle that `open` has filled.
    let open = unsafe { of(file) };
    open.disk.state().index_leave(&open.opened);
    ffi::SQLITE_OK
}
