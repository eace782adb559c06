//! One file: what is read from it, and what of that would outlast a power cut.

use crate::Chance;

/// What a disk writes whole or not at all, bytes.
const SECTOR: usize = 512;

/// What a power cut leaves of what was not flushed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Keep {
    /// Nothing.
    Nothing,
    /// Any sectors of any writes: torn, and out of order.
    Some,
    /// Everything, and it still waits to be flushed: the process was killed, and the system went on.
    Everything,
}

#[derive(Debug, Clone, Default)]
pub(crate) struct Image {
    now: Vec<u8>,
    durable: Vec<u8>,
    /// Since the last flush, in order.
    pending: Vec<Change>,
}

#[derive(Debug, Clone)]
enum Change {
    Write { at: usize, bytes: Vec<u8> },
    Resize(usize),
}

impl Image {
    pub fn size(&self) -> usize {
        self.now.len()
    }

    pub fn bytes(&self) -> &[u8] {
        &self.now
    }

    /// Up to `count` bytes from `at` on.
    pub fn read(&self, at: usize, count: usize) -> &[u8] {
        let until = self.now.len().min(at.saturating_add(count));
        self.now.get(at..until).unwrap_or_default()
    }

    pub fn write(&mut self, at: usize, bytes: &[u8]) {
        self.change(Change::Write { at, bytes: bytes.to_vec() });
    }

    pub fn resize(&mut self, size: usize) {
        self.change(Change::Resize(size));
    }

    fn change(&mut self, change: Change) {
        change.apply(&mut self.now);
        self.pending.push(change);
    }

    pub fn flush(&mut self) {
        for change in self.pending.drain(..) {
            change.apply(&mut self.durable);
        }
    }

    /// Any part of it arrived. What did not can still be read, and no later flush will write it.
    pub fn flush_failed(&mut self, chance: &mut Chance) {
        self.keep_some(chance);
    }

    /// From here on the file is what outlasted the cut.
    pub fn cut(&mut self, keep: Keep, chance: &mut Chance) {
        match keep {
            Keep::Nothing => self.pending.clear(),
            Keep::Some => self.keep_some(chance),
            Keep::Everything => return,
        }
        self.now.clone_from(&self.durable);
    }

    /// One bit is another, for good; of a byte that is not zero, since most of those mean nothing.
    pub fn flip(&mut self, chance: &mut Chance) {
        let used: Vec<_> =
            self.now.iter().enumerate().filter(|(_, byte)| **byte != 0).map(|(at, _)| at).collect();
        let chosen = usize::try_from(chance.below(used.len() as u64)).unwrap_or(0);
        let Some(place) = used.get(chosen).copied() else { return };
        let bit = 1 << chance.below(8);
        for bytes in [&mut self.now, &mut self.durable] {
            if let Some(byte) = bytes.get_mut(place) {
                *byte ^= bit;
            }
        }
    }

    fn keep_some(&mut self, chance: &mut Chance) {
        let kept_of_100 = 10 + chance.below(81);
        for change in self.pending.drain(..) {
            for piece in change.pieces() {
                if chance.hit(kept_of_100) {
                    piece.apply(&mut self.durable);
                }
            }
        }
    }
}

impl Change {
    fn apply(&self, to: &mut Vec<u8>) {
        match self {
            Self::Write { at, bytes } => {
                let until = at + bytes.len();
                if to.len() < until {
                    to.resize(until, 0);
                }
                if let Some(place) = to.get_mut(*at..until) {
                    place.copy_from_slice(bytes);
                }
            }
            Self::Resize(size) => to.resize(*size, 0),
        }
    }

    /// What arrives whole or not at all.
    fn pieces(&self) -> Vec<Self> {
        let Self::Write { at, bytes } = self else { return vec![self.clone()] };
        let (mut at, mut rest, mut pieces) = (*at, bytes.as_slice(), Vec::new());
        while !rest.is_empty() {
            let (piece, after) = rest.split_at(rest.len().min(SECTOR - at % SECTOR));
            pieces.push(Self::Write { at, bytes: piece.to_vec() });
            (at, rest) = (at + piece.len(), after);
        }
        pieces
    }
}
