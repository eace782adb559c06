//! Opens what a log commits to: each entry's salt and payload, from an organization file, against its leaf.
//!
//! A payload that is missing is a fault, unless an `erase` entry after it says whose payloads are gone, and it is theirs and
//! about a visit, or names its place.

use byleave_api::disclosure::{Disclosed, FORMAT, Header};
use byleave_api::entry::{Kind, Leaf, commitment};
use byleave_api::payload::{Erasure, Gone};
use byleave_tlog::Checkpoint;

use crate::Fault;
use crate::fault::Undisclosed;
use crate::replay::Replay;
use crate::report::Replayed;

/// An organization file's lines, in order. Whoever reads them bounds their length.
pub type Lines<'a> = &'a mut dyn Iterator<Item = std::io::Result<String>>;

/// An organization file beside its log.
pub(crate) struct Disclosure<'a> {
    lines: Lines<'a>,
    gone: Gone,
    erased: u64,
    replay: Replay,
}

impl<'a> Disclosure<'a> {
    /// Begins to read; the file must be this log's, and of this size.
    pub fn open(lines: Lines<'a>, log: &Checkpoint) -> Result<Self, Fault> {
        let first = next(lines)?.ok_or_else(|| Fault::OrganizationFile("it is empty".to_owned()))?;
        let header: Header = serde_json::from_str(&first)
            .map_err(|why| Fault::OrganizationFile(format!("its first line is no header: {why}")))?;
        if header.format != FORMAT {
            let why = format!("it is `{}`, and only `{FORMAT}` is known", header.format);
            return Err(Fault::OrganizationFile(why));
        }
        if header.origin != log.origin {
            return Err(Fault::OrganizationFile(format!("it is of the log `{}`", header.origin)));
        }
        if header.size != log.size {
            let why = format!("it is of {} entries, and the log has {}", header.size, log.size);
            return Err(Fault::OrganizationFile(why));
        }
        Ok(Self { lines, gone: Gone::default(), erased: 0, replay: Replay::new() })
    }

    /// Takes the next entry's line, opens its commitment, and takes its decision again.
    pub fn take(&mut self, index: u64, leaf: &Leaf) -> Result<(), Fault> {
        let undisclosed = |what| Fault::Undisclosed { index, what };
        let line = next(self.lines)?.ok_or_else(|| undisclosed(Undisclosed::Missing))?;
        let said: Disclosed = serde_json::from_str(&line)
            .map_err(|why| undisclosed(Undisclosed::Unreadable(why.to_string())))?;
        if said.entry != index {
            return Err(undisclosed(Undisclosed::Missing));
        }
        let Some(opening) = said.opening else {
            self.erased += 1;
            if !self.gone.note(index, leaf) {
                return Err(undisclosed(Undisclosed::NotErasable(leaf.kind)));
            }
            self.replay.erased(index, leaf);
            return Ok(());
        };
        let opens = opening
            .salt()
            .is_some_and(|salt| commitment(&salt, opening.payload.as_bytes()) == leaf.commitment);
        if !opens {
            return Err(undisclosed(Undisclosed::OtherPayload));
        }
        if leaf.kind == Kind::Erase {
            self.cover(index, &opening.payload)?;
        }
        self.replay
            .take(index, leaf, opening.payload.as_bytes())
            .map_err(|why| undisclosed(Undisclosed::Unreadable(why)))
    }

    fn cover(&mut self, index: u64, payload: &str) -> Result<(), Fault> {
        let unreadable = |why: String| Fault::Undisclosed { index, what: Undisclosed::Unreadable(why) };
        let erasure: Erasure = serde_json::from_str(payload).map_err(|why| unreadable(why.to_string()))?;
        if self.gone.cover(&erasure) { Ok(()) } else { Err(unreadable("it names nobody".to_owned())) }
    }

    /// The file is at its end, all that is missing was erased, and every decision followed.
    pub fn finish(self) -> Result<Replayed, Fault> {
        if next(self.lines)?.is_some() {
            return Err(Fault::OrganizationFile("it has more lines than the log has entries".to_owned()));
        }
        if let Some(index) = self.gone.first_uncovered() {
            return Err(Fault::Undisclosed { index, what: Undisclosed::NotErased });
        }
        let replayed = self.replay.finish()?;
        Ok(Replayed { erased: self.erased, ..replayed })
    }
}

fn next(lines: Lines<'_>) -> Result<Option<String>, Fault> {
    let line = lines.next().transpose();
    line.map_err(|why| Fault::OrganizationFile(format!("it cannot be read: {why}")))
}
