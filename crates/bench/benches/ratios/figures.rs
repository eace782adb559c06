//! Medians, ratios of rounds, and how they are printed.

use std::time::Duration;

/// The middle value; the upper one of two. 0 of none.
pub fn median(values: &[f64]) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    sorted.get(sorted.len() / 2).copied().unwrap_or_default()
}

/// Ours divided by theirs, round by round: median, lowest and highest.
pub fn ratio(ours: &[f64], theirs: &[f64]) -> String {
    let rounds: Vec<f64> = ours.iter().zip(theirs).map(|(our, their)| our / their).collect();
    let lowest = rounds.iter().copied().fold(f64::INFINITY, f64::min);
    let highest = rounds.iter().copied().fold(0.0, f64::max);
    format!("{:.2} ({lowest:.2}–{highest:.2})", median(&rounds))
}

/// Seconds as people read them.
pub fn time(seconds: f64) -> String {
    match seconds {
        s if s < 1e-6 => format!("{:.0} ns", s * 1e9),
        s if s < 1e-3 => format!("{:.1} µs", s * 1e6),
        s if s < 1.0 => format!("{:.2} ms", s * 1e3),
        s => format!("{s:.2} s"),
    }
}

/// The value below which `part` (0 to 1) of all lie.
pub fn quantile(sorted: &[Duration], part: f64) -> f64 {
    let at = ((sorted.len() as f64) * part) as usize;
    sorted.get(at).or(sorted.last()).copied().unwrap_or_default().as_secs_f64()
}
