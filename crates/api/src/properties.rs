//! What holds for any bytes at all, for fuzzers and for the tests that replay what they found: a text with its signature.

use byleave_domain::statement::public_key;

use crate::payload::SignedRecord;

/// What one person has signed, with their key and with a passkey in its place; nobody can sign another thing for them.
const SIGNED: [&[u8]; 2] = [
    include_bytes!("../../../fuzz/corpus/signed_record/by-key"),
    include_bytes!("../../../fuzz/corpus/signed_record/by-passkey"),
];
const SEED: [u8; 32] = [9; 32];

/// A record is read as it is written, and holds for somebody as they signed it or not at all.
///
/// # Panics
/// When it does not hold.
pub fn signed_record(bytes: &[u8]) {
    let Ok(record) = serde_json::from_slice::<SignedRecord>(bytes) else { return };
    let Some(signature) = record.signature() else { return };
    assert_eq!(SignedRecord::new(record.statement.clone(), &signature), record);
    if signature.verify(&record.statement, Some(&public_key(&SEED))).is_ok() {
        let theirs =
            |text: &[u8]| serde_json::from_slice(text).is_ok_and(|known: SignedRecord| known == record);
        assert!(SIGNED.into_iter().any(theirs), "{record:?}");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What fuzzers begin with, and what they have found.
    #[test]
    fn the_corpus_holds() {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../fuzz/corpus/signed_record");
        let inputs: Vec<_> = std::fs::read_dir(folder).unwrap().map(|file| file.unwrap().path()).collect();
        assert!(inputs.len() > 2);
        inputs.iter().for_each(|input| signed_record(&std::fs::read(input).unwrap()));
    }

    /// With a bit turned anywhere, what was signed is a record no more or does not hold.
    #[test]
    fn it_holds_for_what_is_nearly_signed() {
        for seed in SIGNED {
            for place in 0..seed.len() * 8 {
                let mut bytes = seed.to_vec();
                bytes[place / 8] ^= 1 << (place % 8);
                signed_record(&bytes);
            }
        }
    }

    /// Otherwise the property above holds of nothing.
    #[test]
    fn some_of_it_is_signed() {
        for seed in SIGNED {
            let record: SignedRecord = serde_json::from_slice(seed).unwrap();
            let holds = |seed| record.signature().unwrap().verify(&record.statement, Some(&public_key(seed)));
            assert!(holds(&SEED).is_ok() && holds(&[8; 32]).is_err());
        }
    }
}
