//! What is said: types and encodings that outsiders rely on. No behaviour, no rows, no pages.
//!
//! | for whom | module |
//! |---|---|
//! | whoever verifies a log: the bytes of an entry | [`entry`] |
//! | whoever opens an entry: what its commitment commits to | [`payload`] |
//! | whoever keeps an organization's own copy of its log | [`disclosure`] |
//! | whoever calls `/v1` | [`v1`] |
//! | whoever gets an error | [`problem`] |
//! | whoever reads the OpenAPI document: the forms of texts | [`schema`] |

pub mod disclosure;
pub mod entry;
pub mod payload;
pub mod problem;
#[cfg(any(test, fuzzing))]
pub mod properties;
pub mod schema;
pub mod v1;
