//! The one pass over all files: hashes the entries, and holds what the tiles say against it.
//!
//! Everything is computed from the entries upwards. When the root that comes out is the signed one, the entries are
//! proved and whatever differs is a damaged tile. When it is not, the lowest difference shows where the damage is: below
//! it. That is only known at the end, so the first difference is kept until then.

use byleave_api::entry::Leaf;
use byleave_tlog::tile::{TILE_WIDTH, TileError, decode_entries, decode_hashes};
use byleave_tlog::{Checkpoint, Hash, RightEdge, TilePath, leaf_hash};

use crate::disclosure::{Disclosure, Lines};
use crate::grammar::Story;
use crate::{Fault, Report, Source};

pub(crate) fn walk(
    source: &dyn Source,
    head: Checkpoint,
    kept: Option<Checkpoint>,
    lines: Option<Lines<'_>>,
) -> Result<Report, Fault> {
    let mut walk = Walk::new(source, head.size);
    let mut story = Story::new();
    let mut first_breach = None;
    let mut disclosure = lines.map(|lines| Disclosure::open(lines, &head)).transpose()?;
    let mut undisclosed = None;
    let mut kept_root = None;
    for bundle in (0..).map_while(|index| TilePath::entries_at(index, head.size)) {
        let (path, bytes) = walk.read_tile(bundle)?;
        let entries = decode_entries(&bytes, path.width()).map_err(|error| wrong(&path, error))?;
        walk.bundle = Some(path);
        // A full bundle in place of a partial one holds entries that this checkpoint does not cover yet.
        for entry in entries.iter().take(usize::from(bundle.width())) {
            let index = walk.edge.size();
            if kept.as_ref().is_some_and(|kept| kept.size == index) {
                kept_root = Some(walk.edge.root());
            }
            walk.push(leaf_hash(entry))?;
            if first_breach.is_none() {
                match tell(&mut story, &path, index, entry) {
                    Ok(leaf) => {
                        if let Some(known) = disclosure.as_mut().filter(|_| undisclosed.is_none()) {
                            undisclosed = known.take(index, &leaf).err();
                        }
                    }
                    Err(breach) => first_breach = Some(breach),
                }
            }
        }
    }
    walk.finish(&head)?;
    let now = kept_root.unwrap_or_else(|| walk.edge.root());
    if let Some(kept) = kept.filter(|kept| kept.root != now) {
        return Err(Fault::Rewritten { size: kept.size, kept: kept.root, now });
    }
    match first_breach {
        Some(breach) => Err(breach),
        None if head.size == 0 => Err(Fault::Empty),
        None => {
            undisclosed.map_or(Ok(()), Err)?;
            let replayed = disclosure.map(Disclosure::finish).transpose()?;
            Ok(Report { replayed, ..story.into_report(head) })
        }
    }
}

/// The file at a path, if there is one.
pub(crate) fn read(source: &dyn Source, path: &str) -> Result<Option<Vec<u8>>, Fault> {
    source.get(path).map_err(|error| Fault::Unreadable { path: path.to_owned(), error })
}

fn tell(story: &mut Story, path: &TilePath, index: u64, entry: &[u8]) -> Result<Leaf, Fault> {
    let path = || path.to_string();
    let leaf = Leaf::decode(entry).map_err(|error| Fault::Leaf { path: path(), index, error })?;
    story.tell(index, &leaf).map_err(|breach| Fault::Story { path: path(), index, breach })?;
    Ok(leaf)
}

fn wrong(path: &TilePath, error: TileError) -> Fault {
    Fault::File { path: path.to_string(), error }
}

/// A hash in a tile that is not the computed one.
struct Difference {
    tile: TilePath,
    position: u64,
    /// The file that the hash is of.
    below: TilePath,
    /// The entry that the hash is of, in a level-0 tile.
    entry: Option<u64>,
}

struct Walk<'source> {
    source: &'source dyn Source,
    size: u64,
    edge: RightEdge,
    /// The bundle that is being read.
    bundle: Option<TilePath>,
    /// Per level, the computed hashes of the tile that is not yet complete, and the tile's number.
    open: Vec<(u64, Vec<Hash>)>,
    first_difference: Option<Difference>,
}

impl<'source> Walk<'source> {
    fn new(source: &'source dyn Source, size: u64) -> Self {
        let open = vec![(0, Vec::new()); 8];
        Self { source, size, edge: RightEdge::new(), bundle: None, open, first_difference: None }
    }

    /// The bytes of a tile or bundle and the path that they were found at: a partial one may have given way to the full.
    fn read_tile(&self, path: TilePath) -> Result<(TilePath, Vec<u8>), Fault> {
        if let Some(bytes) = read(self.source, &path.to_string())? {
            return Ok((path, bytes));
        }
        let full = path.full();
        let bytes = if path.is_partial() { read(self.source, &full.to_string())? } else { None };
        bytes.map(|bytes| (full, bytes)).ok_or_else(|| Fault::Missing(path.to_string()))
    }

    fn push(&mut self, leaf: Hash) -> Result<(), Fault> {
        self.add(0, leaf)?;
        for node in self.edge.push(leaf) {
            self.add(node.level, node.hash)?;
        }
        Ok(())
    }

    fn add(&mut self, level: u8, hash: Hash) -> Result<(), Fault> {
        let Some((index, open)) = self.open.get_mut(usize::from(level)) else { return Ok(()) };
        open.push(hash);
        if open.len() < usize::from(TILE_WIDTH) {
            return Ok(());
        }
        let (index, computed) = (*index, std::mem::take(open));
        self.compare(level, index, &computed)?;
        if let Some(open) = self.open.get_mut(usize::from(level)) {
            *open = (index + 1, Vec::new());
        }
        Ok(())
    }

    /// Holds a tile against the hashes computed for it, and keeps the first difference.
    fn compare(&mut self, level: u8, index: u64, computed: &[Hash]) -> Result<(), Fault> {
        let Some(path) = TilePath::hashes_at(level, index, self.size) else { return Ok(()) };
        let (path, bytes) = self.read_tile(path)?;
        let hashes = decode_hashes(&bytes, path.width()).map_err(|error| wrong(&path, error))?;
        let Some(position) = hashes.iter().zip(computed).position(|(found, computed)| found != computed)
        else {
            return Ok(());
        };
        if self.first_difference.is_none() {
            self.first_difference = self.difference(path, position as u64);
        }
        Ok(())
    }

    fn difference(&self, tile: TilePath, position: u64) -> Option<Difference> {
        let place = tile.first()?.checked_add(position)?;
        match tile.level()?.checked_sub(1) {
            None => {
                // A level-0 tile is compared right after its bundle was read.
                Some(Difference { tile, position, below: self.bundle?, entry: Some(place) })
            }
            Some(level) => {
                let below = TilePath::hashes_at(level, place, self.size)?;
                Some(Difference { tile, position, below, entry: None })
            }
        }
    }

    /// Compares the right edge's tiles and the root; then what differed gets its name.
    fn finish(&mut self, head: &Checkpoint) -> Result<(), Fault> {
        for (level, (index, computed)) in (0..).zip(std::mem::take(&mut self.open)) {
            if !computed.is_empty() {
                self.compare(level, index, &computed)?;
            }
        }
        let found = self.edge.root();
        match self.first_difference.take() {
            None if found == head.root => Ok(()),
            None => Err(Fault::Root { size: head.size, signed: head.root, found }),
            Some(difference) => Err(difference.blame(found == head.root)),
        }
    }
}

impl Difference {
    fn blame(self, entries_are_proved: bool) -> Fault {
        let Self { tile, position, below, entry } = self;
        let (tile, below) = (tile.to_string(), below.to_string());
        match entry {
            _ if entries_are_proved => Fault::Tile { path: tile, position, below, entry },
            Some(index) => Fault::Entry { path: below, index, tile },
            None => Fault::Subtree { path: below, above: tile, position },
        }
    }
}
