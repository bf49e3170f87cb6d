//! Who the server is over TLS: a certificate with its key.

use std::fmt;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use jiff::{Timestamp, ToSpan, tz::TimeZone};
use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, DnType, ExtendedKeyUsagePurpose, IsCa,
    KeyPair, KeyUsagePurpose, date_time_ymd,
};
use rustls::ServerConfig;
use rustls::crypto::ring;
use rustls::pki_types::pem::{self, PemObject};
use rustls::pki_types::{CertificateDer, PrivateKeyDer};

/// The names and addresses of this machine that a generated certificate is for in any case.
const OWN_NAMES: [&str; 3] = ["localhost", "127.0.0.1", "::1"];

/// How long a generated certificate is valid. Some clients take none that is valid for longer than
/// 398 days.
const VALID_DAYS: i64 = 365;

/// What is spoken over TLS, the preferred first.
const PROTOCOLS: [&[u8]; 3] = [HTTP2, b"http/1.1", b"http/1.0"];

/// HTTP/2 as ALPN calls it.
pub(super) const HTTP2: &[u8] = b"h2";

/// Who the server is over TLS: a certificate with its key, ready for handshakes.
#[derive(Clone)]
pub struct Identity {
    config: Arc<ServerConfig>,
    ca: Option<Arc<str>>,
}

/// Why a certificate cannot be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum IdentityError {
    /// A file is not there, or is no PEM with what is looked for.
    #[error("{path}: {source}; a PEM file with {expected} is expected")]
    Read {
        /// The file.
        path: PathBuf,
        /// What should be in it.
        expected: &'static str,
        /// The parser's words.
        source: pem::Error,
    },
    /// A key does not belong to its certificate, or is of a kind that is not supported.
    #[error("the certificate and its key cannot be used together: {0}")]
    Unfit(#[source] rustls::Error),
    /// A certificate cannot be made, as for a name that is none.
    #[error("no certificate can be generated for {names}: {source}")]
    Generate {
        /// The names that it was to be for.
        names: String,
        /// The generator's words.
        source: rcgen::Error,
    },
    /// A file cannot be written.
    #[error("{path}: {source}")]
    Write {
        /// The file.
        path: PathBuf,
        /// The operating system's words.
        source: io::Error,
    },
}

impl Identity {
    /// Reads a certificate, with those that lead to its authority, and its key from PEM files.
    ///
    /// # Errors
    /// When a file cannot be read, or the key is not that of the certificate.
    pub fn from_pem_files(certificate: &Path, key: &Path) -> Result<Self, IdentityError> {
        let chain = read_certificates(certificate)?;
        let key = PrivateKeyDer::from_pem_file(key).map_err(|source| IdentityError::Read {
            path: key.to_owned(),
            expected: "a private key",
            source,
        })?;
        Self::new(chain, key, None)
    }

    /// Generates an authority, and a certificate of it for this machine and some names or addresses
    /// more. Both are only in memory, and the authority's key is forgotten at once: nobody can make
    /// another certificate that a client would trust who trusts this authority.
    ///
    /// # Errors
    /// When a name is none.
    pub fn generate(names: &[String]) -> Result<Self, IdentityError> {
        let own = OWN_NAMES.iter().map(|name| (*name).to_owned());
        let mut all: Vec<String> = own.collect();
        for name in names {
            if !all.contains(name) {
                all.push(name.clone());
            }
        }
        let (certificate, key, ca) = generate(&all).map_err(|source| IdentityError::Generate {
            names: all.join(", "),
            source,
        })?;
        Self::new(vec![certificate], key, Some(ca.into()))
    }

    /// The certificate of a generated authority in PEM, for clients to trust.
    #[must_use]
    pub fn ca_pem(&self) -> Option<&str> {
        self.ca.as_deref()
    }

    /// Writes the certificate of a generated authority into a file; an identity that was read has
    /// none to write.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn write_ca(&self, path: &Path) -> Result<(), IdentityError> {
        let Some(ca) = self.ca_pem() else {
            return Ok(());
        };
        std::fs::write(path, ca).map_err(|source| IdentityError::Write {
            path: path.to_owned(),
            source,
        })
    }

    /// How handshakes go.
    pub(super) fn config(&self) -> Arc<ServerConfig> {
        Arc::clone(&self.config)
    }

    fn new(
        chain: Vec<CertificateDer<'static>>,
        key: PrivateKeyDer<'static>,
        ca: Option<Arc<str>>,
    ) -> Result<Self, IdentityError> {
        let builder = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()));
        let builder = builder.with_safe_default_protocol_versions();
        let config =
            builder.and_then(|builder| builder.with_no_client_auth().with_single_cert(chain, key));
        let mut config = config.map_err(IdentityError::Unfit)?;
        config.alpn_protocols = PROTOCOLS.map(<[u8]>::to_vec).into();
        Ok(Self {
            config: Arc::new(config),
            ca,
        })
    }
}

/// The key is not shown.
impl fmt::Debug for Identity {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Identity")
            .field("generated", &self.ca.is_some())
            .finish_non_exhaustive()
    }
}

/// The certificates in a PEM file, at least one.
pub(super) fn read_certificates(
    path: &Path,
) -> Result<Vec<CertificateDer<'static>>, IdentityError> {
    let certificates = CertificateDer::pem_file_iter(path).and_then(Iterator::collect);
    let certificates = certificates.and_then(|found: Vec<_>| {
        if found.is_empty() {
            Err(pem::Error::NoItemsFound)
        } else {
            Ok(found)
        }
    });
    certificates.map_err(|source| IdentityError::Read {
        path: path.to_owned(),
        expected: "a certificate",
        source,
    })
}

type Generated = (CertificateDer<'static>, PrivateKeyDer<'static>, String);

/// A certificate for some names, its key, and its authority in PEM.
fn generate(names: &[String]) -> Result<Generated, rcgen::Error> {
    let mut authority = valid(CertificateParams::default());
    authority.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
    authority.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    authority
        .distinguished_name
        .push(DnType::CommonName, "AutoMock, generated authority");
    let authority = CertifiedIssuer::self_signed(authority, KeyPair::generate()?)?;
    let mut leaf = valid(CertificateParams::new(names)?);
    leaf.use_authority_key_identifier_extension = true;
    leaf.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    leaf.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    leaf.distinguished_name
        .push(DnType::CommonName, "AutoMock, generated certificate");
    let key = KeyPair::generate()?;
    let certificate = leaf.signed_by(&key, &authority)?;
    let key = PrivateKeyDer::from(key);
    Ok((certificate.der().clone(), key, authority.pem()))
}

/// Valid from yesterday on, for clocks that differ.
fn valid(mut params: CertificateParams) -> CertificateParams {
    let today = Timestamp::now().to_zoned(TimeZone::UTC).date();
    let day = |days: i64| {
        let date = today.saturating_add(days.days());
        let (month, day) = (date.month().unsigned_abs(), date.day().unsigned_abs());
        date_time_ymd(date.year().into(), month, day)
    };
    params.not_before = day(-1);
    params.not_after = day(VALID_DAYS);
    params
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_authority_is_generated_and_written() {
        let identity = Identity::generate(&["mock.test".to_owned()]).unwrap();
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("ca.pem");
        identity.write_ca(&path).unwrap();
        assert_eq!(read_certificates(&path).unwrap().len(), 1);
        let other = Identity::generate(&[]).unwrap();
        assert_ne!(identity.ca_pem(), other.ca_pem());
        assert!(!format!("{identity:?}").contains("BEGIN"));
    }

    #[test]
    fn what_cannot_be_used_has_its_reason() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("empty.pem");
        std::fs::write(&path, "nothing").unwrap();
        let error = Identity::from_pem_files(&path, &path).unwrap_err();
        assert!(
            error.to_string().contains("a certificate is expected"),
            "{error}"
        );
        Identity::generate(&[]).unwrap().write_ca(&path).unwrap();
        let error = Identity::from_pem_files(&path, &path).unwrap_err();
        assert!(
            error.to_string().contains("a private key is expected"),
            "{error}"
        );
        let other = folder.path().join("key.pem");
        std::fs::write(&other, KeyPair::generate().unwrap().serialize_pem()).unwrap();
        let error = Identity::from_pem_files(&path, &other).unwrap_err();
        assert!(matches!(error, IdentityError::Unfit(_)), "{error}");
        let error = Identity::generate(&["é".to_owned()]).unwrap_err();
        assert!(matches!(error, IdentityError::Generate { .. }), "{error}");
    }
}
