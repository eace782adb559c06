//! Leaves to CBOR and back.
//!
//! Writing needs three of CBOR's eight major types and never fails, so it is spelled out here; reading uses a library,
//! which is thereby also an independent judge of what is written.

use minicbor::Decoder;
use minicbor::decode::Error;

use super::{Kind, Leaf, LeafError, Run, VERSION, run};

/// Major types of RFC 8949 §3.1.
const UNSIGNED: u8 = 0;
const BYTES: u8 = 2;
const TEXT: u8 = 3;
const ARRAY: u8 = 4;
const MAP: u8 = 5;

/// Keys that are always there; `ref` and `ends` come on top.
const KEYS_REQUIRED: u64 = 8;
const KEYS_MAX: u64 = KEYS_REQUIRED + 2;

/// Writes the keys in the order of RFC 8949 §4.2.1: since the length stands first, shorter ones before longer ones.
pub(super) fn encode(leaf: &Leaf) -> Result<Vec<u8>, LeafError> {
    let time = u64::try_from(leaf.time_us).map_err(|_| LeafError::Time)?;
    run::check(&leaf.ends)?;
    let keys = KEYS_REQUIRED + u64::from(leaf.reference.is_some()) + u64::from(!leaf.ends.is_empty());
    let mut out = Vec::with_capacity(256);
    head(&mut out, MAP, keys);
    text(&mut out, "c");
    bytes(&mut out, &leaf.commitment);
    text(&mut out, "t");
    head(&mut out, UNSIGNED, time);
    text(&mut out, "v");
    head(&mut out, UNSIGNED, VERSION);
    if let Some(reference) = leaf.reference {
        text(&mut out, "ref");
        head(&mut out, UNSIGNED, reference);
    }
    text(&mut out, "rid");
    bytes(&mut out, &leaf.request);
    if !leaf.ends.is_empty() {
        text(&mut out, "ends");
        ends(&mut out, &leaf.ends);
    }
    text(&mut out, "kind");
    text(&mut out, leaf.kind.as_str());
    text(&mut out, "node");
    bytes(&mut out, &leaf.node);
    text(&mut out, "actor");
    bytes(&mut out, &leaf.actor);
    text(&mut out, "epoch");
    head(&mut out, UNSIGNED, leaf.epoch);
    Ok(out)
}

fn ends(out: &mut Vec<u8>, runs: &[Run]) {
    head(out, ARRAY, runs.len() as u64);
    for run in runs {
        head(out, ARRAY, 2);
        head(out, UNSIGNED, run.first);
        head(out, UNSIGNED, run.count);
    }
}

fn text(out: &mut Vec<u8>, text: &str) {
    head(out, TEXT, text.len() as u64);
    out.extend(text.as_bytes());
}

fn bytes(out: &mut Vec<u8>, bytes: &[u8]) {
    head(out, BYTES, bytes.len() as u64);
    out.extend(bytes);
}

/// The head of a data item with its argument in the fewest bytes (RFC 8949 §3 and §4.2.1).
fn head(out: &mut Vec<u8>, major: u8, argument: u64) {
    let major = major << 5;
    if let Ok(small @ 0..24) = u8::try_from(argument) {
        out.push(major | small);
    } else if let Ok(one) = u8::try_from(argument) {
        out.extend([major | 24, one]);
    } else if let Ok(two) = u16::try_from(argument) {
        out.push(major | 25);
        out.extend(two.to_be_bytes());
    } else if let Ok(four) = u32::try_from(argument) {
        out.push(major | 26);
        out.extend(four.to_be_bytes());
    } else {
        out.push(major | 27);
        out.extend(argument.to_be_bytes());
    }
}

/// The fields as they are found.
#[derive(Default)]
struct Found {
    commitment: Option<[u8; 32]>,
    time: Option<u64>,
    version: Option<u64>,
    reference: Option<u64>,
    request: Option<[u8; 16]>,
    ends: Vec<Run>,
    kind: Option<Kind>,
    node: Option<[u8; 16]>,
    actor: Option<[u8; 16]>,
    epoch: Option<u64>,
}

/// Reads any CBOR map with the right keys and types; the caller sees to the form.
pub(super) fn decode(bytes: &[u8]) -> Result<Leaf, LeafError> {
    let mut decoder = Decoder::new(bytes);
    let keys = decoder.map()?.filter(|&keys| keys <= KEYS_MAX).ok_or(LeafError::Form)?;
    let mut found = Found::default();
    for _ in 0..keys {
        let key = decoder.str()?;
        match key {
            "c" => found.commitment = decoder.bytes()?.try_into().ok(),
            "t" => found.time = Some(decoder.u64()?),
            "v" => found.version = Some(decoder.u64()?),
            "ref" => found.reference = Some(decoder.u64()?),
            "rid" => found.request = decoder.bytes()?.try_into().ok(),
            "ends" => found.ends = decode_ends(&mut decoder)?,
            "kind" => found.kind = Some(decoder.str()?.parse()?),
            "node" => found.node = decoder.bytes()?.try_into().ok(),
            "actor" => found.actor = decoder.bytes()?.try_into().ok(),
            "epoch" => found.epoch = Some(decoder.u64()?),
            unknown => return Err(LeafError::Key(unknown.chars().take(64).collect())),
        }
    }
    found.into_leaf()
}

fn decode_ends(decoder: &mut Decoder<'_>) -> Result<Vec<Run>, LeafError> {
    let count = decoder.array()?.filter(|&count| count <= run::RUNS_MAX as u64).ok_or(LeafError::Ends)?;
    let mut runs = Vec::new();
    for _ in 0..count {
        if decoder.array()? != Some(2) {
            return Err(LeafError::Ends);
        }
        runs.push(Run { first: decoder.u64()?, count: decoder.u64()? });
    }
    Ok(runs)
}

impl Found {
    fn into_leaf(self) -> Result<Leaf, LeafError> {
        match self.version {
            Some(VERSION) => {}
            Some(other) => return Err(LeafError::Version(other)),
            None => return Err(LeafError::Missing("v")),
        }
        let time = self.time.ok_or(LeafError::Missing("t"))?;
        Ok(Leaf {
            kind: self.kind.ok_or(LeafError::Missing("kind"))?,
            request: self.request.ok_or(LeafError::Missing("rid"))?,
            time_us: i64::try_from(time).map_err(|_| LeafError::Time)?,
            epoch: self.epoch.ok_or(LeafError::Missing("epoch"))?,
            node: self.node.ok_or(LeafError::Missing("node"))?,
            actor: self.actor.ok_or(LeafError::Missing("actor"))?,
            reference: self.reference,
            ends: self.ends,
            commitment: self.commitment.ok_or(LeafError::Missing("c"))?,
        })
    }
}

impl From<Error> for LeafError {
    fn from(error: Error) -> Self {
        Self::Cbor(error.to_string())
    }
}
