//! Logos of status pages: decoded, made small, and drawn anew, so that nothing of what somebody sent is served. Pure.

use std::io::Cursor;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use domain::monitor::FieldError;
use image::imageops::FilterType;
use image::{DynamicImage, ImageDecoder as _, ImageFormat, ImageReader, Limits};

const FIELD: &str = "logo";

/// What is sent, in bytes.
const MAX_BYTES: usize = 512 * 1024;

/// What is decoded: pixels of a side, and in all, which is what takes time; and bytes of memory.
const MAX_SIDE: u32 = 4_096;
const MAX_PIXELS: u32 = 4_000_000;
const MAX_MEMORY: u64 = 40 * 1024 * 1024;

const TOO_LARGE: &str = "must have at most 4096 pixels a side, and 4 million in all";

/// What is shown at most.
const MAX_WIDTH: u32 = 600;
const MAX_HEIGHT: u32 = 160;

/// The kinds that are taken, by the media type of the address.
const KINDS: [(&str, ImageFormat); 3] = [
    ("image/png", ImageFormat::Png),
    ("image/jpeg", ImageFormat::Jpeg),
    ("image/webp", ImageFormat::WebP),
];

/// The bytes in a `data:` address, and of which kind they say to be.
///
/// # Errors
/// What is wrong with the field.
pub(crate) fn read(address: &str) -> Result<(ImageFormat, Vec<u8>), FieldError> {
    let shape = || {
        FieldError::new(
            FIELD,
            "must be a PNG, JPEG or WebP image as data:image/…;base64,…",
        )
    };
    let rest = address.trim().strip_prefix("data:").ok_or_else(shape)?;
    let (kind, encoded) = rest.split_once(";base64,").ok_or_else(shape)?;
    let (_, format) = KINDS.iter().find(|(name, _)| *name == kind).ok_or_else(shape)?;
    if encoded.len() > MAX_BYTES.div_ceil(3) * 4 {
        return Err(FieldError::new(FIELD, "must have at most 512 KiB"));
    }
    let bytes = STANDARD.decode(encoded).map_err(|_| shape())?;
    Ok((*format, bytes))
}

/// The image as a small PNG. It takes a while. What is larger than it may be is not decoded.
///
/// # Errors
/// What is wrong with the field.
pub(crate) fn draw(format: ImageFormat, bytes: Vec<u8>) -> Result<Vec<u8>, FieldError> {
    let wrong = |message: &str| FieldError::new(FIELD, message);
    if format == ImageFormat::WebP && has_large_part(&bytes) {
        return Err(wrong(TOO_LARGE));
    }
    let mut reader = ImageReader::with_format(Cursor::new(bytes), format);
    let mut limits = Limits::default();
    limits.max_image_width = Some(MAX_SIDE);
    limits.max_image_height = Some(MAX_SIDE);
    limits.max_alloc = Some(MAX_MEMORY);
    reader.limits(limits);
    let unreadable = |error| match error {
        image::ImageError::Limits(_) => wrong(TOO_LARGE),
        _ => wrong("cannot be read as what it says it is"),
    };
    // Of this only the head is read.
    let decoder = reader.into_decoder().map_err(unreadable)?;
    let (width, height) = decoder.dimensions();
    if width.saturating_mul(height) > MAX_PIXELS || decoder.total_bytes() > MAX_MEMORY {
        return Err(wrong(TOO_LARGE));
    }
    let image = DynamicImage::from_decoder(decoder).map_err(unreadable)?;
    // As the formats have it: of whatever depth, it is drawn with eight bits.
    let mut image = DynamicImage::ImageRgba8(image.into_rgba8());
    // Roughly first, which of many pixels takes a quarter of the time.
    if image.width() > 2 * MAX_WIDTH || image.height() > 2 * MAX_HEIGHT {
        image = image.thumbnail(2 * MAX_WIDTH, 2 * MAX_HEIGHT);
    }
    if image.width() > MAX_WIDTH || image.height() > MAX_HEIGHT {
        image = image.resize(MAX_WIDTH, MAX_HEIGHT, FilterType::CatmullRom);
    }
    let mut png = Vec::new();
    image
        .write_to(&mut Cursor::new(&mut png), ImageFormat::Png)
        .map_err(|_| wrong("cannot be drawn"))?;
    Ok(png)
}

/// Whether a WebP holds a lossy picture that is larger than it may be. Such a picture has a size of its own (RFC 6386, 9.1),
/// which the decoder compares with that of the canvas only once it has decoded it.
fn has_large_part(webp: &[u8]) -> bool {
    // The chunk's name and length, the frame's tag, its start code, and its width and height of 14 bits each.
    let size = |part: &[u8]| match part {
        [
            b'V',
            b'P',
            b'8',
            b' ',
            _,
            _,
            _,
            _,
            _,
            _,
            _,
            0x9d,
            0x01,
            0x2a,
            w0,
            w1,
            h0,
            h1,
        ] => {
            let side = |low, high| u32::from(u16::from_le_bytes([low, high]) & 0x3fff);
            side(*w0, *w1) * side(*h0, *h1)
        }
        _ => 0,
    };
    webp.windows(18).any(|part| size(part) > MAX_PIXELS)
}

#[cfg(test)]
mod tests {
    use image::{GenericImageView as _, RgbImage};

    use super::*;

    fn encoded(width: u32, height: u32, format: ImageFormat) -> Vec<u8> {
        let image = DynamicImage::ImageRgb8(RgbImage::from_fn(width, height, |x, y| {
            image::Rgb([(x % 256) as u8, (y % 256) as u8, 7])
        }));
        let mut bytes = Vec::new();
        image.write_to(&mut Cursor::new(&mut bytes), format).unwrap();
        bytes
    }

    fn address(kind: &str, bytes: &[u8]) -> String {
        format!("data:{kind};base64,{}", STANDARD.encode(bytes))
    }

    fn drawn(kind: &str, bytes: &[u8]) -> Result<(u32, u32), String> {
        let (format, bytes) = read(&address(kind, bytes)).map_err(|error| error.message)?;
        let png = draw(format, bytes).map_err(|error| error.message)?;
        let image = image::load_from_memory_with_format(&png, ImageFormat::Png).unwrap();
        Ok(image.dimensions())
    }

    #[test]
    fn each_kind_becomes_a_small_png() {
        for (kind, format) in KINDS {
            assert_eq!(drawn(kind, &encoded(1_200, 100, format)), Ok((600, 50)), "{kind}");
            assert_eq!(
                drawn(kind, &encoded(90, 90, format)),
                Ok((90, 90)),
                "{kind}: not larger"
            );
        }
        assert_eq!(
            drawn("image/png", &encoded(100, 1_600, ImageFormat::Png)),
            Ok((10, 160))
        );
    }

    #[test]
    fn what_is_no_image_or_too_large_is_refused() {
        let png = encoded(10, 10, ImageFormat::Png);
        for (kind, bytes, wrong) in [
            ("image/svg+xml", b"<svg/>".to_vec(), "PNG, JPEG or WebP"),
            ("image/jpeg", png.clone(), "what it says"),
            ("image/png", png[..30].to_vec(), "what it says"),
            ("image/png", Vec::new(), "what it says"),
            ("image/png", vec![0; MAX_BYTES + 3], "at most 512 KiB"),
            ("image/png", encoded(MAX_SIDE + 1, 1, ImageFormat::Png), "4096"),
            ("image/jpeg", encoded(1, MAX_SIDE + 1, ImageFormat::Jpeg), "4096"),
        ] {
            let message = drawn(kind, &bytes).unwrap_err();
            assert!(message.contains(wrong), "{kind} {}: {message}", bytes.len());
        }
        for text in [
            "",
            "data:image/png,abc",
            "https://a.example/logo.png",
            "data:image/png;base64,*",
        ] {
            assert_eq!(read(text).unwrap_err().field, "logo");
        }
    }

    /// Few bytes that are many pixels: a head that promises them, and nothing behind it that could be decoded.
    #[test]
    fn an_image_that_is_larger_than_it_looks_is_not_decoded() {
        for (width, height) in [(65_536_u32, 65_536_u32), (4_096, 4_096), (2_001, 2_000)] {
            let mut png = encoded(1, 1, ImageFormat::Png);
            png[16..20].copy_from_slice(&width.to_be_bytes());
            png[20..24].copy_from_slice(&height.to_be_bytes());
            let sum = crc32(&png[12..29]);
            png[29..33].copy_from_slice(&sum.to_be_bytes());
            let error = draw(ImageFormat::Png, png).unwrap_err();
            assert_eq!(
                (error.field.as_str(), error.message.as_str()),
                ("logo", TOO_LARGE),
                "{width} × {height}"
            );
        }
    }

    /// The checksum of a chunk of a PNG.
    fn crc32(bytes: &[u8]) -> u32 {
        let fold = |sum: u32, byte: &u8| {
            (0..8).fold(sum ^ u32::from(*byte), |sum, _| match sum & 1 {
                1 => (sum >> 1) ^ 0xedb8_8320,
                _ => sum >> 1,
            })
        };
        !bytes.iter().fold(!0, fold)
    }

    #[test]
    fn a_picture_within_a_webp_is_not_larger_than_the_canvas_says() {
        let webp = |width: u16, height: u16| {
            let mut bytes =
                b"RIFF\x2c\0\0\0WEBPVP8X\x0a\0\0\0\0\0\0\0\0\0\0\0\0\0VP8 \x0a\0\0\0\x10\0\0\x9d\x01\x2a"
                    .to_vec();
            bytes.extend(width.to_le_bytes());
            bytes.extend(height.to_le_bytes());
            bytes
        };
        let refused = |width, height| drawn("image/webp", &webp(width, height)).unwrap_err();
        assert_eq!(refused(16_383, 16_383), TOO_LARGE);
        assert_ne!(refused(1, 1), TOO_LARGE);
    }
}
