//! Which passwords are good enough. zxcvbn knows 30 000 breached passwords, common words and names, dates, sequences
//! and keyboard patterns, and estimates how many guesses a password takes; what it is too kind to is refused here: one
//! common word with a year, a number or signs around it.

use std::panic::catch_unwind;

use zxcvbn::Score;

/// The shortest and the longest password, in characters.
const MIN_CHARS: usize = 10;
pub(crate) const MAX_CHARS: usize = 128;

/// Characters that are judged. What is behind them makes a password no worse.
const JUDGED_CHARS: usize = 64;

/// Characters that are judged at a time where all together are too much for zxcvbn.
const WINDOW_CHARS: usize = 20;

/// What a single common word takes at most, in guesses.
const COMMON: u64 = 50_000;

/// What stands around a word without making it a good password: at most so many digits and signs, or digits that are
/// guessed as easily as a word.
const FEW_DIGITS: usize = 4;
const FEW_SIGNS: usize = 4;

/// What everybody tries here.
const OURS: [&str; 6] = [
    "uptime",
    "monitor",
    "monitoring",
    "uptimemonitor",
    "monitoruptime",
    "uptimemonitoring",
];

/// Signs that stand for letters. zxcvbn tries each combination of those in a password, which may be thousands.
const SIGNS: &str = "(){}[]<|$+%!@";

/// Combinations that are not too many.
const FEW_COMBINATIONS: usize = 16;

/// Judges a new password; `inputs` are words that must not help to guess it.
///
/// # Errors
/// What is wrong with it.
pub(crate) fn judge(password: &str, inputs: &[String]) -> Result<(), String> {
    match password.chars().count() {
        0 => return Err("is required".to_owned()),
        1..MIN_CHARS => return Err(format!("must have at least {MIN_CHARS} characters")),
        MIN_CHARS..=MAX_CHARS => {}
        _ => return Err(too_long()),
    }
    let words = words(inputs);
    let inputs: Vec<&str> = inputs
        .iter()
        .chain(&words)
        .map(String::as_str)
        .chain(OURS)
        .collect();
    if is_decorated_word(password, &inputs) {
        return Err(
            "is easily guessed. Add another word or two. A common word with a number is tried first."
                .to_owned(),
        );
    }
    match estimate(password, &inputs) {
        Ok(()) => Ok(()),
        Err(advice) => Err(format!("is easily guessed. {advice}").trim_end().to_owned()),
    }
}

pub(crate) fn too_long() -> String {
    format!("must have at most {MAX_CHARS} characters")
}

/// The words in what somebody has entered, such as the parts of an address.
fn words(inputs: &[String]) -> Vec<String> {
    let words = inputs
        .iter()
        .flat_map(|input| input.split(|c: char| !c.is_alphanumeric()));
    words
        .filter(|word| word.chars().count() >= 3)
        .map(str::to_lowercase)
        .collect()
}

/// Whether zxcvbn takes the password for good enough; if not, its advice.
fn estimate(password: &str, inputs: &[&str]) -> Result<(), String> {
    let judged: String = password.chars().take(JUDGED_CHARS).collect();
    let judged = with_few_combinations(judged);
    // It counts arrangements of parts, which do not fit its numbers when there are many.
    let whole = catch_unwind(|| zxcvbn::zxcvbn(&judged, inputs));
    if let Ok(entropy) = whole {
        return match entropy.score() >= Score::Two {
            true => Ok(()),
            false => Err(entropy.feedback().map(ToString::to_string).unwrap_or_default()),
        };
    }
    let chars: Vec<char> = judged.chars().collect();
    let is_good = chars.chunks(WINDOW_CHARS).any(|window| {
        let window: String = window.iter().collect();
        catch_unwind(|| zxcvbn::zxcvbn(&window, inputs)).is_ok_and(|entropy| entropy.score() >= Score::Two)
    });
    if is_good { Ok(()) } else { Err(String::new()) }
}

/// The password, without the signs that stand for letters where zxcvbn would try too many combinations of them.
fn with_few_combinations(password: String) -> String {
    let has = |options: &str| {
        options
            .chars()
            .filter(|sign| password.contains(*sign))
            .count()
            .max(1)
    };
    // What zxcvbn takes for a, c, g, i, l, o, s and t; what stands for two letters doubles them.
    let letters = ["4@", "({[<", "69", "1!|", "1|7", "$5", "+7"];
    let shared = ["1", "|", "7"]
        .iter()
        .filter(|sign| password.contains(**sign))
        .count() as u32;
    let combinations = letters.iter().map(|options| has(options)).product::<usize>() << shared;
    if combinations <= FEW_COMBINATIONS {
        return password;
    }
    password
        .chars()
        .map(|c| if SIGNS.contains(c) { '~' } else { c })
        .collect()
}

/// Whether the password is a common word, a name or a word of `inputs`, and little around it.
fn is_decorated_word(password: &str, inputs: &[&str]) -> bool {
    let is_letter = |c: char| c.is_alphabetic();
    let (Some(first), Some(last)) = (password.find(is_letter), password.rfind(is_letter)) else {
        return false;
    };
    let end = last + password[last..].chars().next().map_or(0, char::len_utf8);
    // A sign at an end may stand for a letter, or for itself.
    let readings = [
        (first, end),
        (0, end),
        (first, password.len()),
        (0, password.len()),
    ];
    readings.into_iter().any(|(start, end)| {
        let (before, word, after) = (&password[..start], &password[start..end], &password[end..]);
        is_little(before, after) && is_common(word, inputs)
    })
}

fn is_little(before: &str, after: &str) -> bool {
    let around = || before.chars().chain(after.chars());
    let digits: String = around().filter(char::is_ascii_digit).collect();
    let signs = around().filter(|c| !c.is_ascii_digit()).count();
    signs <= FEW_SIGNS && (digits.len() <= FEW_DIGITS || guesses(&digits, &[]) <= COMMON)
}

fn is_common(word: &str, inputs: &[&str]) -> bool {
    let plain: String = word.to_lowercase().chars().filter_map(as_letter).collect();
    // Longer ones are no single words.
    (3..=WINDOW_CHARS).contains(&plain.chars().count()) && guesses(&plain, inputs) <= COMMON
}

fn guesses(text: &str, inputs: &[&str]) -> u64 {
    if text.chars().count() > WINDOW_CHARS {
        return u64::MAX;
    }
    catch_unwind(|| zxcvbn::zxcvbn(text, inputs).guesses()).unwrap_or(u64::MAX)
}

/// The letter that a sign stands for; nothing for one that separates.
fn as_letter(c: char) -> Option<char> {
    Some(match c {
        '4' | '@' => 'a',
        '8' => 'b',
        '(' | '{' | '[' | '<' => 'c',
        '3' | '€' => 'e',
        '6' | '9' => 'g',
        '1' | '!' | '|' => 'i',
        '0' => 'o',
        '$' | '5' => 's',
        '7' | '+' => 't',
        '2' => 'z',
        '-' | '_' | '.' | ' ' => return None,
        other => other,
    })
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, Instant};

    use super::*;

    fn judged(password: &str) -> Result<(), String> {
        judge(
            password,
            &["ada.lovelace@example.org".to_owned(), "Ada King".to_owned()],
        )
    }

    #[test]
    fn short_long_and_easily_guessed_passwords_are_refused_with_advice() {
        for good in [
            "correct horse battery staple",
            "correcthorsebatterystaple",
            "kX9#mq2Lw!vT",
            "gWb7-hNrt-22Lq",
            "Tr0mbone&Lighthouse",
            "verregnete Sommer 2026",
            &"x7!kP".repeat(25),
        ] {
            assert_eq!(judged(good), Ok(()), "{good}");
        }
        for (password, part) in [
            ("", "required"),
            ("x7!kPq2", "at least 10"),
            (&"x7!kP".repeat(26), "at most 128"),
            ("password123", "easily guessed."),
            ("aaaaaaaaaaaa", "easily guessed."),
            ("ada.lovelace@example.org", "easily guessed."),
        ] {
            let wrong = judged(password).unwrap_err();
            assert!(wrong.contains(part), "{password}: {wrong}");
        }
    }

    #[test]
    fn a_common_word_with_something_around_it_is_easily_guessed() {
        for password in [
            "Summer2026!",
            "Welcome2026!",
            "Winter2025!!",
            "January2026#",
            "Monday1234",
            "Password2026!",
            "P@ssw0rd2026!",
            "$ummer2026!!",
            "2026Summer!!",
            "!Football99!",
            "letmein2026",
            "Administrator1",
            "Administrator!",
            "Changeme123!",
            "Uptime2026!!",
            "UptimeMonitor1",
            "uptime-monitor",
            "Monitoring24/7",
            "Lovelace1815",
            "Lovelace!2026",
            "Welcome01012026",
            "Summer123456",
        ] {
            let wrong = judged(password).unwrap_err();
            assert!(wrong.starts_with("is easily guessed."), "{password}: {wrong}");
        }
    }

    /// What took eight seconds of a core, and what made the estimate panic.
    #[test]
    fn no_password_takes_long_or_panics() {
        let all_signs = "'4@8({[<369&#!1/|0$5+7%2/'";
        let words = "the quick brown fox jumps over the lazy dog and then it ran a mile or so to us ";
        for password in [
            all_signs.repeat(4),
            all_signs.repeat(5).chars().take(MAX_CHARS).collect(),
            "4@8({[<69!1|$5+7".repeat(8),
            "12".repeat(64),
            "21".repeat(32),
            "1".repeat(MAX_CHARS),
            "ab1".repeat(42),
            words.repeat(2).chars().take(MAX_CHARS).collect(),
            "a i o u e y ".repeat(10),
            "\u{1f600}".repeat(MAX_CHARS),
            "İ".repeat(MAX_CHARS),
        ] {
            let began = Instant::now();
            let _ = judged(&password);
            let took = began.elapsed();
            assert!(took < Duration::from_secs(5), "{password}: {took:?}, unoptimised");
        }
        assert!(judged(&"12".repeat(64)).is_err());
        assert_eq!(
            judged(&words.repeat(2).chars().take(MAX_CHARS).collect::<String>()),
            Ok(())
        );
    }
}
