//! When a certificate ends (X.509, RFC 5280 §4.1.2.5), for whoever watches. Five fields of DER are walked over to get there;
//! nothing is judged: whether to trust a certificate is for those who are shown it.

use jiff::Timestamp;

const SEQUENCE: u8 = 0x30;
const INTEGER: u8 = 0x02;
const VERSION: u8 = 0xa0;
const UTC_TIME: u8 = 0x17;
const GENERALIZED_TIME: u8 = 0x18;

/// The last instant at which it is valid; `None` when the bytes are no certificate.
pub fn not_after(certificate: &[u8]) -> Option<Timestamp> {
    let (whole, _) = element(certificate, SEQUENCE)?;
    let (signed, _) = element(whole, SEQUENCE)?;
    let after_version = element(signed, VERSION).map_or(signed, |(_, rest)| rest);
    let (_, after_serial) = element(after_version, INTEGER)?;
    let (_, after_algorithm) = element(after_serial, SEQUENCE)?;
    let (_, after_issuer) = element(after_algorithm, SEQUENCE)?;
    let (validity, _) = element(after_issuer, SEQUENCE)?;
    let (_, rest) = time(validity)?;
    time(rest).map(|(at, _)| at)
}

fn time(der: &[u8]) -> Option<(Timestamp, &[u8])> {
    let (text, rest) = match der.first()? {
        &UTC_TIME => {
            let (text, rest) = element(der, UTC_TIME)?;
            let text = std::str::from_utf8(text).ok()?;
            let century = if text.get(..2)?.parse::<u8>().ok()? < 50 { "20" } else { "19" };
            (format!("{century}{text}"), rest)
        }
        _ => {
            let (text, rest) = element(der, GENERALIZED_TIME)?;
            (std::str::from_utf8(text).ok()?.to_owned(), rest)
        }
    };
    // YYYYMMDDHHMMSSZ, and no other form (RFC 5280 §4.1.2.5.2).
    let (date, time) = text.strip_suffix('Z')?.split_at_checked(8)?;
    Some((format!("{date}T{time}Z").parse().ok()?, rest))
}

/// What an element of this tag holds, and what follows it.
fn element(der: &[u8], tag: u8) -> Option<(&[u8], &[u8])> {
    let (&found, der) = der.split_first()?;
    let (&length, der) = der.split_first()?;
    let (length, der) = match length {
        0..=0x7f => (usize::from(length), der),
        0x81..=0x83 => {
            let (bytes, der) = der.split_at_checked(usize::from(length & 0x7f))?;
            (bytes.iter().fold(0, |length, byte| length << 8 | usize::from(*byte)), der)
        }
        _ => return None,
    };
    (found == tag).then_some(())?;
    der.split_at_checked(length)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Made by another program than this; before 2050 and after, where the form changes.
    #[test]
    fn the_end_is_read_and_nothing_else_is_taken_for_one() {
        for (year, expected) in [(2031, "2031-03-04T00:00:00Z"), (2060, "2060-03-04T00:00:00Z")] {
            let mut parameters = rcgen::CertificateParams::new(["localhost".to_owned()]).unwrap();
            parameters.not_before = rcgen::date_time_ymd(2020, 1, 2);
            parameters.not_after = rcgen::date_time_ymd(year, 3, 4);
            let made = parameters.self_signed(&rcgen::KeyPair::generate().unwrap()).unwrap();
            let der: &[u8] = made.der();
            assert_eq!(not_after(der), Some(expected.parse().unwrap()), "{year}");
            for length in 0..der.len() / 2 {
                assert_eq!(not_after(&der[..length]), None, "cut off after {length} bytes");
            }
        }
        assert_eq!(not_after(b"-----BEGIN CERTIFICATE-----"), None);
        assert_eq!(not_after(&[0x30, 0x84, 0xff, 0xff, 0xff, 0xff]), None);
    }
}
