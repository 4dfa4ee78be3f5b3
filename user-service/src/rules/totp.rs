//! Codes of an authenticator app: TOTP (RFC 6238) as every app knows it, SHA-1, six digits, 30 seconds.

use qrcode::QrCode;
use qrcode::render::svg;
use totp_rs::{Algorithm, Builder, Secret, Totp};

const SECRET_BYTES: usize = 20;
const DIGITS: u8 = 6;
const STEP_SECONDS: u64 = 30;

/// Time-steps around the present one whose codes are accepted, for clocks that differ.
const WINDOW: u16 = 1;

/// The least width of the QR code, in pixels; it is scaled.
const QR_WIDTH: u32 = 200;

/// What an app and this installation share.
pub(crate) struct TotpSecret([u8; SECRET_BYTES]);

/// A secret is nothing for a log.
impl std::fmt::Debug for TotpSecret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("TotpSecret")
    }
}

impl TotpSecret {
    /// A new one.
    pub(crate) fn random() -> Self {
        Self(shared::crypto::random())
    }

    /// One that was stored.
    pub(crate) fn read(bytes: &[u8]) -> Option<Self> {
        bytes.try_into().ok().map(Self)
    }

    /// As it is stored, once it is sealed.
    pub(crate) fn bytes(&self) -> &[u8] {
        &self.0
    }

    /// As it is typed into an app.
    pub(crate) fn base32(&self) -> String {
        Secret::new_stack(self.0).to_base32()
    }

    fn totp(&self) -> Builder {
        Builder::new()
            .with_algorithm(Algorithm::SHA1)
            .with_digits(DIGITS)
            .with_step_duration(STEP_SECONDS)
            .with_skew(WINDOW)
            .with_secret(Secret::new_stack(self.0))
    }

    /// The time-step whose code `code` is at `seconds` after the epoch, if it is one.
    pub(crate) fn step_of(&self, code: &str, seconds: i64) -> Option<i64> {
        let totp: Totp = self.totp().build_noncompliant();
        let step = totp.check(code, u64::try_from(seconds).ok()?)?;
        i64::try_from(step).ok()
    }

    /// As an app reads it from a QR code: `issuer` and `account` are what the app shows.
    pub(crate) fn uri(&self, issuer: &str, account: &str) -> Result<String, String> {
        // A colon separates the two.
        let [issuer, account] = [issuer, account].map(|text| text.replace(':', "_"));
        let totp = self
            .totp()
            .with_issuer(Some(issuer))
            .with_account_name(account)
            .build();
        totp.and_then(|totp| totp.to_url())
            .map_err(|error| error.to_string())
    }
}

/// A text as a QR code, an SVG image.
pub(crate) fn qr_svg(text: &str) -> Result<String, qrcode::types::QrError> {
    let code = QrCode::new(text)?;
    Ok(code
        .render::<svg::Color<'_>>()
        .min_dimensions(QR_WIDTH, QR_WIDTH)
        .build())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// That of the test vectors of RFC 6238, whose codes have eight digits.
    fn secret() -> TotpSecret {
        TotpSecret::read(b"12345678901234567890").unwrap()
    }

    #[test]
    fn codes_are_those_of_the_rfc() {
        for (seconds, code) in [
            (59, "287082"),
            (1_111_111_109, "081804"),
            (1_111_111_111, "050471"),
            (1_234_567_890, "005924"),
            (2_000_000_000, "279037"),
        ] {
            assert_eq!(secret().step_of(code, seconds), Some(seconds / 30), "{code}");
        }
    }

    #[test]
    fn a_clock_may_differ_by_one_step() {
        // The code of step 37037036.
        let (code, begins) = ("081804", 37_037_036 * 30);
        for (offset, accepted) in [
            (-31, false),
            (-30, true),
            (0, true),
            (29, true),
            (59, true),
            (60, false),
        ] {
            let step = secret().step_of(code, begins + offset);
            assert_eq!(step, accepted.then_some(37_037_036), "{offset}");
        }
        for code in ["", "08180", "0818040", "abcdef", "-81804", "+81804"] {
            assert_eq!(secret().step_of(code, begins), None, "{code}");
        }
    }

    #[test]
    fn an_app_is_told_where_the_account_is() {
        let uri = secret().uri("Uptime: example.org", "ada@example.org").unwrap();
        assert_eq!(
            uri,
            "otpauth://totp/Uptime_%20example.org:ada%40example.org?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ\
             &issuer=Uptime_%20example.org"
        );
        let svg = qr_svg(&uri).unwrap();
        assert!(svg.contains("<svg") && svg.contains("<path"), "{svg}");
        let longest = secret().uri("Uptime", &"ä".repeat(127)).unwrap();
        assert!(qr_svg(&longest).is_ok());
        assert_eq!(secret().base32(), "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ");
        assert_eq!(format!("{:?}", secret()), "TotpSecret");
        assert_ne!(TotpSecret::random().bytes(), TotpSecret::random().bytes());
    }
}
