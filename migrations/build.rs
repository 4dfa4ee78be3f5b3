//! The migrations become part of the library: a new one must make it be compiled again.

fn main() {
    println!("cargo::rerun-if-changed=sql");
}
