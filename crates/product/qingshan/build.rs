//! Compiles again when the web application was built, so that it is embedded.

fn main() {
    println!("cargo::rerun-if-changed=../../../web/dist/index.html");
}
