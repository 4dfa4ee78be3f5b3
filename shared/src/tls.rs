//! TLS as a client.

use std::sync::{Arc, OnceLock};

use rustls::ClientConfig;

/// TLS with the system's certificates.
pub fn client_config() -> ClientConfig {
    (*shared_config()).clone()
}

/// Loading the system's certificates takes tens of milliseconds: it is done once.
fn shared_config() -> Arc<ClientConfig> {
    static CONFIG: OnceLock<Arc<ClientConfig>> = OnceLock::new();
    Arc::clone(CONFIG.get_or_init(|| {
        let mut roots = rustls::RootCertStore::empty();
        roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
        Arc::new(
            ClientConfig::builder()
                .with_root_certificates(roots)
                .with_no_client_auth(),
        )
    }))
}
