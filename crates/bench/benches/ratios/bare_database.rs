//! The same SQLite without Byleave: as many bytes, in the same batches, by plain INSERTs, with the same settings, on the same
//! disk. Once into one table, and once into a copy of the whole database, where the log's own table has its indexes and
//! each batch moves the log's head.

use std::path::Path;
use std::time::Instant;

use rusqlite::{Connection, params};

use crate::Failure;
use crate::authorize::bits;

/// A row of a log as it is stored.
pub struct Row {
    organization: [u8; 16],
    reference: Option<i64>,
    leaf: Vec<u8>,
    person: Option<i64>,
    sealed: Vec<u8>,
}

/// A database that rows are put into.
pub struct BareDatabase {
    connection: Connection,
    table: Table,
    row: Row,
    /// Rows so far.
    place: i64,
}

enum Table {
    Alone,
    OfTheLog,
}

impl Row {
    /// The row of an organization's log at `place`, as `database` has it.
    ///
    /// # Errors
    /// When it has none.
    pub fn load(database: &Path, organization: [u8; 16], place: u64) -> Result<Self, Failure> {
        let sql =
            "SELECT reference, leaf, person, sealed FROM log_entry WHERE organization = ?1 AND place = ?2";
        let row = Connection::open(database)?.query_row(
            sql,
            params![organization, place.cast_signed()],
            |row| {
                let (reference, leaf, person, sealed) = (row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?);
                Ok(Self { organization, reference, leaf, person, sealed })
            },
        )?;
        Ok(row)
    }

    /// What of it is neither key nor number.
    pub fn bytes(&self) -> Vec<u8> {
        [self.leaf.as_slice(), &self.sealed].concat()
    }
}

impl BareDatabase {
    /// A new database at `path` with one table.
    ///
    /// # Errors
    /// When it cannot be made.
    pub fn with_one_table(path: &Path, row: Row) -> Result<Self, Failure> {
        let connection = Connection::open(path)?;
        connection.execute_batch(
            "CREATE TABLE record (place INTEGER NOT NULL PRIMARY KEY, bytes BLOB NOT NULL) STRICT",
        )?;
        Self::with(connection, Table::Alone, row)
    }

    /// A copy of `database` at `path`, which goes on as if it were the original.
    ///
    /// # Errors
    /// When it cannot be copied.
    pub fn copy(database: &Path, path: &Path, row: Row) -> Result<Self, Failure> {
        Connection::open(database)?.execute("VACUUM INTO ?1", [path.to_str()])?;
        Self::with(Connection::open(path)?, Table::OfTheLog, row)
    }

    fn with(connection: Connection, table: Table, row: Row) -> Result<Self, Failure> {
        connection.pragma_update(None, "journal_mode", "WAL")?;
        connection.pragma_update(None, "synchronous", "FULL")?;
        connection.pragma_update(None, "foreign_keys", true)?;
        connection.pragma_update(None, "secure_delete", true)?;
        let sql = "SELECT max(place) FROM log_entry WHERE organization = ?1";
        let place = match table {
            Table::Alone => -1,
            Table::OfTheLog => connection.query_row(sql, [row.organization], |row| row.get(0))?,
        };
        Ok(Self { connection, table, row, place: place + 1 })
    }

    /// Adds rows in a transaction for each of `batches`; seconds for each row.
    ///
    /// # Errors
    /// When the database refuses one.
    pub fn add(&mut self, batches: &[usize]) -> Result<f64, Failure> {
        let bytes = self.row.bytes();
        let began = Instant::now();
        for batch in batches {
            let transaction = self.connection.transaction()?;
            for _ in 0..*batch {
                let request = bits(self.place.cast_unsigned());
                let Row { organization, reference, leaf, person, sealed } = &self.row;
                match self.table {
                    Table::Alone => {
                        let sql = "INSERT INTO record (place, bytes) VALUES (?1, ?2)";
                        let bytes = [&request, bytes.as_slice()].concat();
                        transaction.prepare_cached(sql)?.execute(params![self.place, bytes])?
                    }
                    Table::OfTheLog => {
                        let sql = "INSERT INTO log_entry (organization, place, request, reference, leaf, person, sealed)
                            VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)";
                        let row = params![organization, self.place, request, reference, leaf, person, sealed];
                        transaction.prepare_cached(sql)?.execute(row)?
                    }
                };
                self.place += 1;
            }
            if matches!(self.table, Table::OfTheLog) {
                let sql = "UPDATE log_head SET size = ?1 WHERE organization = ?2";
                transaction.prepare_cached(sql)?.execute(params![self.place, self.row.organization])?;
            }
            transaction.commit()?;
        }
        Ok(began.elapsed().as_secs_f64() / batches.iter().sum::<usize>() as f64)
    }
}
