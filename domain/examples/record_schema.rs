//! Prints the JSON Schema of records: `cargo run -q -p domain --example record_schema > domain/record.schema.json`.

#![allow(clippy::print_stdout, reason = "printing is what it is for")]

fn main() {
    println!("{:#}", domain::record::schema::json_schema());
}
