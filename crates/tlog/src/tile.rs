//! The files that a log consists of (C2SP `tlog-tiles`): hash tiles, entry bundles, and their paths.
//!
//! A tile of level L holds up to 256 consecutive nodes of height 8·L; level 0 holds leaf hashes. An entry bundle holds
//! the entries whose hashes are in the level-0 tile of the same number. A file that is not yet full is *partial* and has
//! its width in its path, so that bytes at a path never change.

use std::fmt;
use std::str::FromStr;

use crate::hash::Hash;

/// Hashes in a full tile, and entries in a full bundle.
pub const TILE_WIDTH: u16 = 256;

/// Longest entry that a bundle can hold, in bytes.
pub const BUNDLE_ENTRY_BYTES_MAX: usize = 65_535;

/// Highest tile level that a path can name.
const LEVEL_MAX: u8 = 63;

/// The path of a hash tile or an entry bundle, below the log's prefix, with `/` between its parts.
///
/// ```
/// use byleave_tlog::TilePath;
/// let path: TilePath = "tile/0/x001/x234/067.p/8".parse()?;
/// assert_eq!((path.level(), path.index(), path.width()), (Some(0), 1_234_067, 8));
/// assert_eq!(path.to_string(), "tile/0/x001/x234/067.p/8");
/// # Ok::<(), byleave_tlog::tile::TilePathError>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TilePath {
    level: Option<u8>,
    index: u64,
    // INVARIANT: 1 to 256.
    width: u16,
}

/// A text that is no tile path; `0` is its beginning.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a tile path")]
pub struct TilePathError(String);

impl TilePath {
    /// The hash tile `index` of a level as it is in a log of `size` entries; `None` where that log has no such tile.
    #[must_use]
    pub fn hashes_at(level: u8, index: u64, size: u64) -> Option<Self> {
        let width = width_at(level, index, size)?;
        Some(Self { level: Some(level), index, width })
    }

    /// The entry bundle `index` as it is in a log of `size` entries; `None` where that log has no such bundle.
    #[must_use]
    pub fn entries_at(index: u64, size: u64) -> Option<Self> {
        let width = width_at(0, index, size)?;
        Some(Self { level: None, index, width })
    }

    /// Every file that a log of `size` entries consists of beside its checkpoint: hash tiles from level 0 up, then entry
    /// bundles, each in order. Earlier partial files are not among them.
    pub fn all_for(size: u64) -> impl Iterator<Item = Self> {
        let tiles =
            (0..8).flat_map(move |level| (0..).map_while(move |index| Self::hashes_at(level, index, size)));
        tiles.chain((0..).map_while(move |index| Self::entries_at(index, size)))
    }

    /// Tile level, 0 to 63; `None` for an entry bundle.
    #[must_use]
    pub fn level(&self) -> Option<u8> {
        self.level
    }

    /// Number of the tile within its level, or of the bundle; from 0.
    #[must_use]
    pub fn index(&self) -> u64 {
        self.index
    }

    /// Number of hashes or entries in the file, 1 to 256.
    #[must_use]
    pub fn width(&self) -> u16 {
        self.width
    }

    /// Whether the file is not full.
    #[must_use]
    pub fn is_partial(&self) -> bool {
        self.width < TILE_WIDTH
    }

    /// The full file of the same number, which a reader falls back to when a partial one is gone.
    #[must_use]
    pub fn full(&self) -> Self {
        Self { width: TILE_WIDTH, ..*self }
    }

    /// Place of the first hash among the nodes of its level, or of the first entry in the log; `None` beyond 64 bits.
    #[must_use]
    pub fn first(&self) -> Option<u64> {
        self.index.checked_mul(u64::from(TILE_WIDTH))
    }

    /// Whether a log of `size` entries has everything this file holds, so that it may be served: also true for the
    /// partial files of smaller sizes.
    #[must_use]
    pub fn within(&self, size: u64) -> bool {
        let end = self.first().and_then(|first| first.checked_add(u64::from(self.width)));
        end.is_some_and(|end| end <= nodes_at(self.level.unwrap_or(0), size))
    }
}

/// Number of nodes of height 8·`level` in a tree of `size` leaves.
fn nodes_at(level: u8, size: u64) -> u64 {
    size.checked_shr(u32::from(level) * 8).unwrap_or(0)
}

fn width_at(level: u8, index: u64, size: u64) -> Option<u16> {
    let first = index.checked_mul(u64::from(TILE_WIDTH))?;
    let beyond = nodes_at(level, size).checked_sub(first)?;
    u16::try_from(beyond.min(u64::from(TILE_WIDTH))).ok().filter(|&width| width > 0)
}

impl fmt::Display for TilePath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.level {
            Some(level) => write!(f, "tile/{level}/")?,
            None => f.write_str("tile/entries/")?,
        }
        let mut unit = 1;
        while self.index / unit >= 1000 {
            unit *= 1000;
        }
        while unit > 1 {
            write!(f, "x{:03}/", self.index / unit % 1000)?;
            unit /= 1000;
        }
        write!(f, "{:03}", self.index % 1000)?;
        if self.is_partial() { write!(f, ".p/{}", self.width) } else { Ok(()) }
    }
}

impl FromStr for TilePath {
    type Err = TilePathError;

    /// Reads exactly what [`Display`](fmt::Display) writes: no leading zeros, no needless groups, nothing around it.
    fn from_str(text: &str) -> Result<Self, TilePathError> {
        parse(text)
            .filter(|path| path.to_string() == text)
            .ok_or_else(|| TilePathError(text.chars().take(64).collect()))
    }
}

/// Reads leniently; the caller compares with the one way to write what was read.
fn parse(text: &str) -> Option<TilePath> {
    let (kind, rest) = text.strip_prefix("tile/")?.split_once('/')?;
    let level = match kind {
        "entries" => None,
        number => Some(number.parse().ok().filter(|&level: &u8| level <= LEVEL_MAX)?),
    };
    let (groups, width) = match rest.split_once(".p/") {
        Some((groups, width)) => (groups, width.parse().ok().filter(|&w: &u16| w > 0 && w < TILE_WIDTH)?),
        None => (rest, TILE_WIDTH),
    };
    let mut index = 0_u64;
    for group in groups.split('/') {
        let number: u16 = group.strip_prefix('x').unwrap_or(group).parse().ok()?;
        index = index.checked_mul(1000)?.checked_add(u64::from(number))?;
    }
    Some(TilePath { level, index, width })
}

/// A file whose bytes are not what its path promises.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TileError {
    /// A hash tile is 32 bytes per hash.
    #[error("has {found} bytes, not {wanted} ({} hashes)", wanted / 32)]
    Length {
        /// Bytes that the width asks for.
        wanted: usize,
        /// Bytes that are there.
        found: usize,
    },
    /// An entry bundle ends within, or before, one of its entries; counted from 0 within the bundle.
    #[error("ends within its entry at position {0}")]
    CutShort(u16),
    /// An entry bundle goes on after its last entry.
    #[error("has {0} bytes after its last entry")]
    Trailing(usize),
    /// An entry is longer than [`BUNDLE_ENTRY_BYTES_MAX`].
    #[error("an entry of {0} bytes is too long for a bundle")]
    EntryTooLong(usize),
}

/// The bytes of a hash tile.
#[must_use]
pub fn encode_hashes(hashes: &[Hash]) -> Vec<u8> {
    hashes.iter().flat_map(|hash| hash.0).collect()
}

/// The hashes of a tile of this width.
///
/// # Errors
/// [`TileError::Length`] unless there are exactly 32 bytes per hash.
pub fn decode_hashes(bytes: &[u8], width: u16) -> Result<Vec<Hash>, TileError> {
    let wanted = usize::from(width) * 32;
    let (hashes, rest) = bytes.as_chunks::<32>();
    if hashes.len() != usize::from(width) || !rest.is_empty() {
        return Err(TileError::Length { wanted, found: bytes.len() });
    }
    Ok(hashes.iter().copied().map(Hash).collect())
}

/// The bytes of an entry bundle: per entry a big-endian 16-bit length, then the entry.
///
/// # Errors
/// [`TileError::EntryTooLong`].
pub fn encode_entries<E: AsRef<[u8]>>(entries: impl IntoIterator<Item = E>) -> Result<Vec<u8>, TileError> {
    let mut bundle = Vec::new();
    for entry in entries {
        let entry = entry.as_ref();
        let length = u16::try_from(entry.len()).map_err(|_| TileError::EntryTooLong(entry.len()))?;
        bundle.extend(length.to_be_bytes());
        bundle.extend(entry);
    }
    Ok(bundle)
}

/// The entries of a bundle of this width.
///
/// # Errors
/// [`TileError::CutShort`] or [`TileError::Trailing`] unless the bundle holds exactly that many entries.
pub fn decode_entries(bytes: &[u8], width: u16) -> Result<Vec<&[u8]>, TileError> {
    let mut entries = Vec::with_capacity(usize::from(width.min(TILE_WIDTH)));
    let mut rest = bytes;
    for position in 0..width {
        let (entry, after) = split_entry(rest).ok_or(TileError::CutShort(position))?;
        entries.push(entry);
        rest = after;
    }
    if rest.is_empty() { Ok(entries) } else { Err(TileError::Trailing(rest.len())) }
}

fn split_entry(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let (length, rest) = bytes.split_first_chunk::<2>()?;
    rest.split_at_checked(usize::from(u16::from_be_bytes(*length)))
}
