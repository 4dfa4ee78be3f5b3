//! Little that becomes much.

use async_compression::tokio::bufread::{BrotliEncoder, GzipEncoder, ZlibEncoder, ZstdEncoder};
use rcgen::{CertificateParams, KeyPair};
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio::io::{AsyncRead, AsyncReadExt as _};

/// More than is read of any body.
const LARGE: usize = 4 * 1024 * 1024;

async fn all(mut reader: impl AsyncRead + Unpin) -> Vec<u8> {
    let mut bytes = Vec::new();
    reader.read_to_end(&mut bytes).await.unwrap();
    bytes
}

/// Many members of zeros, 256 MiB in all.
pub async fn gzip() -> Vec<u8> {
    all(GzipEncoder::new(&vec![0; LARGE][..])).await.repeat(64)
}

/// Many frames of zeros, 256 MiB in all.
pub async fn zstd() -> Vec<u8> {
    all(ZstdEncoder::new(&vec![0; LARGE][..])).await.repeat(64)
}

pub async fn deflate() -> Vec<u8> {
    all(ZlibEncoder::new(&vec![0; LARGE][..])).await
}

pub async fn brotli() -> Vec<u8> {
    let quick = async_compression::Level::Fastest;
    all(BrotliEncoder::with_quality(&vec![0; LARGE][..], quick)).await
}

/// Gzip in gzip, five times.
pub async fn layers() -> Vec<u8> {
    let mut bytes = gzip().await;
    for _ in 0..4 {
        bytes = all(GzipEncoder::new(&bytes[..])).await;
    }
    bytes
}

/// A member in which there is nothing.
pub async fn nothing() -> Vec<u8> {
    all(GzipEncoder::new(&[][..])).await.repeat(500)
}

/// A certificate with so many names.
pub fn certificate(names: usize) -> (CertificateDer<'static>, PrivateKeyDer<'static>) {
    let key = KeyPair::generate().unwrap();
    let names: Vec<String> = (0..names)
        .map(|n| format!("n{n}.a-rather-long-name.example"))
        .collect();
    let params = CertificateParams::new(names).unwrap();
    let certificate = params.self_signed(&key).unwrap().der().clone();
    (certificate, PrivateKeyDer::try_from(key.serialize_der()).unwrap())
}
