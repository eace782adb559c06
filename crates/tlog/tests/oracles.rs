//! Agreement with implementations by others, over random sizes: `ct-merkle`, `tlog_tiles` and `signed_note`.

#![allow(clippy::indexing_slicing, reason = "a test may panic")]

mod support;

use std::cell::RefCell;

use byleave_tlog::proof::{verify_consistency, verify_inclusion};
use byleave_tlog::{Checkpoint, Hash, NoteSigner, NoteVerifier, TilePath, leaf_hash};
use ct_merkle::mem_backed_tree::MemoryBackedTree;
use proptest::prelude::*;
use sha2::Sha256;
use support::{edge, entry, files};
use tlog_tiles::tile::{Tile, TileHashReader, TileReader};
use tlog_tiles::tlog::{Error, HashReader, prove_record, prove_tree, stored_hash_index};

fn ct_tree(size: u64) -> MemoryBackedTree<Sha256, Vec<u8>> {
    let mut tree = MemoryBackedTree::new();
    (0..size).for_each(|i| tree.push(entry(i)));
    tree
}

fn hashes(proof: &[u8]) -> Vec<Hash> {
    proof.as_chunks::<32>().0.iter().copied().map(Hash).collect()
}

/// Serves our files to a tile reader that checks each against the root.
struct Served(std::collections::BTreeMap<String, Vec<u8>>, RefCell<usize>);

impl TileReader for Served {
    fn height(&self) -> u8 {
        8
    }

    fn read_tiles(&self, tiles: &[Tile]) -> Result<Vec<Vec<u8>>, Error> {
        // That library has the height in its paths.
        let read = |tile: &Tile| self.0[&tile.path().replacen("tile/8/", "tile/", 1)].clone();
        Ok(tiles.iter().map(read).collect())
    }

    fn save_tiles(&self, tiles: &[Tile], _: &[Vec<u8>]) {
        *self.1.borrow_mut() += tiles.len();
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn roots_and_proofs(size in 1_u64..1500, at in 0.0..1.0_f64, flip in any::<(prop::sample::Index, u8)>()) {
        let index = ((size as f64) * at) as u64;
        let tree = ct_tree(size);
        let root = edge(size).root();
        prop_assert_eq!(root.0, <[u8; 32]>::from(*tree.root().as_bytes()));

        let leaf = leaf_hash(&entry(index));
        let mut proof = hashes(tree.prove_inclusion(index as usize).as_bytes());
        prop_assert_eq!(verify_inclusion(index, size, &leaf, &proof, &root), Ok(()));
        if index + 1 < size {
            prop_assert!(verify_inclusion(index + 1, size, &leaf, &proof, &root).is_err());
        }
        if !proof.is_empty() {
            let bad = flip.0.index(proof.len());
            proof[bad].0[usize::from(flip.1 % 32)] ^= 1 << (flip.1 / 32);
            prop_assert!(verify_inclusion(index, size, &leaf, &proof, &root).is_err());
        }

        let old = index + 1;
        let old_root = edge(old).root();
        let mut proof = hashes(tree.prove_consistency((size - old) as usize).as_bytes());
        prop_assert_eq!(verify_consistency(old, &old_root, size, &root, &proof), Ok(()));
        if !proof.is_empty() {
            let bad = flip.0.index(proof.len());
            proof[bad].0[usize::from(flip.1 % 32)] ^= 1 << (flip.1 / 32);
            prop_assert!(verify_consistency(old, &old_root, size, &root, &proof).is_err());
        }
    }

    /// Their reader authenticates every tile it is served, and makes from them proofs that we accept.
    #[test]
    fn tiles_are_accepted(size in 1_u64..2000, at in 0.0..1.0_f64) {
        let index = ((size as f64) * at) as u64;
        let root = edge(size).root();
        let served = Served(files(size), RefCell::new(0));
        let reader = TileHashReader::new(size, tlog_tiles::tlog::Hash(root.0), &served);
        let all: Vec<u64> = (0..size).map(|i| stored_hash_index(0, i)).collect();
        let leaves = reader.read_hashes(&all).map_err(|e| TestCaseError::fail(format!("{e:?}")))?;
        for (i, leaf) in leaves.iter().enumerate() {
            prop_assert_eq!(leaf.0, leaf_hash(&entry(i as u64)).0);
        }
        prop_assert!(*served.1.borrow() > 0);

        let theirs: Vec<Hash> =
            prove_record(size, index, &reader).unwrap().iter().map(|hash| Hash(hash.0)).collect();
        prop_assert_eq!(verify_inclusion(index, size, &leaf_hash(&entry(index)), &theirs, &root), Ok(()));
        let old = index + 1;
        let theirs: Vec<Hash> = prove_tree(size, old, &reader).unwrap().iter().map(|h| Hash(h.0)).collect();
        prop_assert_eq!(verify_consistency(old, &edge(old).root(), size, &root, &theirs), Ok(()));
    }

    #[test]
    fn tile_paths_agree(level in 0_u8..8, index in 0_u64..(1 << 40), width in 1_u32..=256, entries: bool) {
        let theirs = Tile::new(8, if entries { 0 } else { level }, index, width, entries);
        let text = theirs.path().replacen("tile/8/", "tile/", 1).replacen("tile/data/", "tile/entries/", 1);
        let ours: TilePath = text.parse().unwrap();
        prop_assert_eq!(ours.to_string(), text);
        prop_assert_eq!(ours.level(), (!entries).then_some(level));
        prop_assert_eq!((ours.index(), u32::from(ours.width())), (index, width));
    }

    #[test]
    fn notes_agree(seed: [u8; 32], size in 0_u64..1 << 63, root: [u8; 32], flip in any::<(prop::sample::Index, u8)>()) {
        let signer = NoteSigner::from_seed("log.example/o/0f", &seed).unwrap();
        let checkpoint = Checkpoint { origin: "log.example/o/0f".to_owned(), size, root: Hash(root) };
        let note = checkpoint.sign(&signer).unwrap();

        let vkey = signer.verifier().to_string();
        let theirs = signed_note::StandardVerifier::new(&vkey).unwrap();
        let theirs = signed_note::VerifierList::new(vec![Box::new(theirs)]);
        let opened = signed_note::Note::from_bytes(note.as_bytes()).unwrap();
        prop_assert_eq!(opened.verify(&theirs).unwrap().0.len(), 1);
        let parsed = tlog_tiles::checkpoint::Checkpoint::from_bytes(opened.text()).unwrap();
        prop_assert_eq!((parsed.origin(), parsed.size(), parsed.hash().0), ("log.example/o/0f", size, root));

        let mut damaged = note.into_bytes();
        let at = flip.0.index(damaged.len());
        damaged[at] ^= 1 << (flip.1 % 8);
        let verifier: NoteVerifier = vkey.parse().unwrap();
        prop_assert!(Checkpoint::open(&damaged, &verifier).is_err());
    }

    /// What they sign, we open.
    #[test]
    fn their_notes_open(seed: [u8; 32], lines in "[ -~é–]{0,40}(\n[ -~]{0,20}){0,3}\n") {
        let signer = NoteSigner::from_seed("name", &seed).unwrap();
        let vkey = signer.verifier().to_string();
        let id = vkey.split('+').nth(1).unwrap();
        let mut secret = vec![1];
        secret.extend(seed);
        let skey = {
            use base64::Engine as _;
            format!("PRIVATE+KEY+name+{id}+{}", base64::engine::general_purpose::STANDARD.encode(secret))
        };
        let theirs = signed_note::StandardSigner::new(&skey).unwrap();
        let mut note = signed_note::Note::new(lines.as_bytes(), &[]).unwrap();
        note.add_sigs(&[&theirs]).unwrap();
        let note = note.to_bytes();
        prop_assert_eq!(signer.verifier().open(&note), Ok(lines.as_str()));
        let ours = signer.sign(&lines).unwrap();
        prop_assert_eq!(ours.as_bytes(), note.as_slice());
    }
}
