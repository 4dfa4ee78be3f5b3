//! Writes the OpenAPI document: `cargo run -p api --example openapi > api/openapi.json`.

#![allow(clippy::print_stdout, reason = "that is what it is for")]

fn main() -> Result<(), serde_json::Error> {
    println!("{}", api::document().to_pretty_json()?);
    Ok(())
}
