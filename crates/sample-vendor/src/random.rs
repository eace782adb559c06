//! A small generator (SplitMix64) for plausible data. Same seed, same sequence on every machine; nothing here is secret,
//! and nothing secret may come from here.

pub(crate) struct Random(u64);

impl Random {
    pub fn new(seed: u64) -> Self {
        Self(seed)
    }

    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// A number under `bound`, or 0 when `bound` is 0. The bias is of no interest here.
    pub fn below(&mut self, bound: u64) -> u64 {
        self.next().checked_rem(bound).unwrap_or(0)
    }

    pub fn pick<'a, T, const N: usize>(&mut self, items: &'a [T; N]) -> &'a T {
        nth(items, self.next())
    }

    /// `prefix` and `length` letters and digits, as Okta's ids look.
    pub fn id(&mut self, prefix: &str, length: usize) -> String {
        const ALPHABET: &[u8; 62] = b"0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";
        let letters = (0..length).map(|_| char::from(*self.pick(ALPHABET)));
        prefix.chars().chain(letters).collect()
    }

    /// In the form of a UUID of version 4 (RFC 9562).
    pub fn uuid(&mut self) -> String {
        let (high, low) = (self.next(), self.next());
        format!(
            "{:08x}-{:04x}-4{:03x}-{:04x}-{:012x}",
            high >> 32,
            (high >> 16) & 0xffff,
            high & 0xfff,
            0x8000 | ((low >> 48) & 0x3fff),
            low & 0xffff_ffff_ffff
        )
    }
}

/// The item with that number, counted round and round.
pub(crate) fn nth<T, const N: usize>(items: &[T; N], number: u64) -> &T {
    const { assert!(N > 0) };
    #[expect(clippy::indexing_slicing, reason = "a number under N, and N > 0 by the assertion above")]
    &items[(number % N as u64) as usize]
}

#[cfg(test)]
mod tests {
    use super::Random;

    /// The reference implementation's first numbers for seed 1234567 (Vigna, prng.di.unimi.it/splitmix64.c).
    #[test]
    fn the_sequence_is_splitmix64() {
        let mut random = Random::new(1_234_567);
        let numbers = [random.next(), random.next(), random.next()];
        assert_eq!(
            numbers,
            [6_457_827_717_110_365_317, 3_203_168_211_198_807_973, 9_817_491_932_198_370_423]
        );
    }

    #[test]
    fn uuids_say_version_and_variant() {
        let mut random = Random::new(1);
        for _ in 0..1000 {
            let uuid = random.uuid();
            assert_eq!((uuid.len(), &uuid[14..15]), (36, "4"), "{uuid}");
            assert!(matches!(&uuid[19..20], "8" | "9" | "a" | "b"), "{uuid}");
        }
    }
}
