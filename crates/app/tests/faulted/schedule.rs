//! What people do while a disk goes wrong: everything once, or at random.

use byleave_faulting_vfs::Chance;

/// One thing that people do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// Opens a visit; the same number is the same reason, thus the same visit.
    Open(u8),
    /// A request under the newest visit.
    Begin,
    /// The newest request ends.
    End,
    /// Ends are written.
    Turn,
    /// The newest visit ends.
    Close,
    Denied,
    Disable,
    Enable,
    Import,
    Erase,
    EraseContact,
    EraseDeskPerson,
    Message,
    Freeze,
}

/// Everything once, in an order in which each has something to do.
pub const STANDARD: &[Step] = &[
    Step::Open(1),
    Step::Begin,
    Step::Begin,
    Step::End,
    Step::Turn,
    Step::Open(2),
    Step::Begin,
    Step::End,
    Step::Denied,
    Step::Close,
    Step::Disable,
    Step::Begin,
    Step::Enable,
    Step::Open(3),
    Step::Begin,
    Step::Erase,
    Step::EraseContact,
    Step::EraseDeskPerson,
    Step::Import,
    Step::Message,
    Step::Freeze,
    Step::Begin,
    Step::Disable,
];

const ALL: &[Step] = &[
    Step::Open(1),
    Step::Open(2),
    Step::Open(3),
    Step::Begin,
    Step::Begin,
    Step::Begin,
    Step::End,
    Step::End,
    Step::Turn,
    Step::Close,
    Step::Denied,
    Step::Disable,
    Step::Enable,
    Step::Enable,
    Step::Import,
    Step::Erase,
    Step::EraseContact,
    Step::EraseDeskPerson,
    Step::Message,
    Step::Freeze,
];

pub fn at_random(chance: &mut Chance) -> Vec<Step> {
    let steps = 6 + chance.below(20);
    let mut step = || ALL[usize::try_from(chance.below(ALL.len() as u64)).unwrap()];
    (0..steps).map(|_| step()).filter(|step| *step != Step::Freeze || steps.is_multiple_of(4)).collect()
}
