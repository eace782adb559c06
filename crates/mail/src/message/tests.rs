//! What messages say, however they are written.

use super::*;

fn view(message: &str) -> View {
    let message = message.replace('\n', "\r\n");
    View::read(&Fields::read(message.as_bytes()).unwrap().0).unwrap()
}

#[track_caller]
fn text(message: &str, expected: &str) {
    assert_eq!(view(message).text, expected, "{message}");
}

#[track_caller]
fn html(source: &str, expected: &str) {
    text(&format!("Content-Type: text/html; charset=utf-8\n\n{source}"), expected);
}

#[test]
fn text_in_every_encoding_and_charset() {
    text("\nplain", "plain");
    text("Content-Type: text/plain\n\nplain", "plain");
    text(
        "Content-Type: text/plain; charset=iso-8859-1\nContent-Transfer-Encoding: quoted-printable\n\nT=FCr=\nschlie=DFer",
        "Türschließer",
    );
    text(
        "Content-Type: text/plain; charset=\"UTF-8\"\nContent-Transfer-Encoding: BASE64\n\nU3BlcnJl\nbiDDvA==\n",
        "Sperren ü",
    );
    text(
        "Content-Type: text/plain; charset=windows-1252\nContent-Transfer-Encoding: base64\n\ngGFi\n",
        "€ab",
    );
    text("Content-Type: text/plain; charset=utf-16le\nContent-Transfer-Encoding: base64\n\nQQDkAA==\n", "Aä");
    text(
        "Content-Type: text/plain; charset=iso-2022-jp\nContent-Transfer-Encoding: base64\n\nGyRCRnxLXBsoQg==\n",
        "日本",
    );
    text("Content-Type: text/plain; charset=klingon\nContent-Transfer-Encoding: base64\n\n5Gi=\n", "äh");
    text("Content-Transfer-Encoding: base64\n\nnot base64!", "not base64!");
    text("Content-Type: text/plain; format=flowed\n\none \ntwo\n-- \nname", "one two\n-- \nname");
    assert_eq!(view("Subject: =?iso-8859-1?Q?gr=FC=DFe?=\n\n").subject, "grüße");
    for plain in ["utf-8", "UTF-8", "us-ascii"] {
        let known = view(&format!("Content-Type: text/plain; charset={plain}\n\nabc"));
        assert!(known.notes.is_empty(), "{plain}: {:?}", known.notes);
    }
    let unknown = view("Content-Type: text/plain; charset=klingon\n\nabc");
    assert_eq!(
        unknown.notes,
        ["a part names the charset `klingon`, which is not known; it is read as Latin-1"]
    );
}

#[test]
fn html_is_text_with_its_breaks() {
    html("<p>One<br>two</p><p>three &amp; f&uuml;r &#8364;</p>", "One\ntwo\n\nthree & für €");
    html(
        "<table><tr><td>Customer</td><td>Acme <b>Ltd</b></td></tr><tr><td>x</table>",
        "Customer\tAcme Ltd\nx",
    );
    html("<head><title>no</title></head><style>p{}</style>yes<script>if (a<b) no()</script>!", "yes!");
    html("a<!-- no <b>no</b> -->b", "ab");
    html(
        "<div>new</div><blockquote><div>old</div><div>older</div></blockquote>after",
        "new\n> old\n> older\nafter",
    );
    html("1 < 2 and <a href=\"x\">link</a><img src=http://evil.test/x.png>", "1 < 2 and link");
    html("<script>never closed", "");
    html("&nosuchentity; &", "&nosuchentity; &");
    html("<p title='never closed>text</p>", "text");
    html("text <a never closed", "text");
}

#[test]
fn parts_are_told_apart() {
    let mixed = "Content-Type: multipart/mixed; boundary=\"=_b\"\n\npreamble\n--=_b\nContent-Type: multipart/alternative; boundary=i\n\n--i\n\nplain\n--i\nContent-Type: text/html\n\n<b>rich</b>\n--i--\n--=_b\nContent-Type: application/pdf; name=\"form.pdf\"\nContent-Disposition: attachment\nContent-Transfer-Encoding: base64\n\nJVBERi0xLjQK\n--=_b--\nepilogue";
    let mixed = view(mixed);
    assert_eq!((mixed.text.trim(), mixed.alternative.as_deref()), ("plain", Some("rich")));
    let [form] = mixed.attachments.as_slice() else { panic!("{mixed:?}") };
    assert_eq!((form.name.as_str(), form.media_type, form.bytes.len()), ("form.pdf", "application/pdf", 9));
    assert_eq!(form.sha256[..4], [0xe5, 0xc6, 0x2d, 0xf5], "{:02x?}", form.sha256);
    assert!(mixed.notes.is_empty(), "{mixed:?}");

    text("Content-Type: multipart/mixed; boundary=b\n\n--b\n\nnever closed", "never closed");
    text("Content-Type: multipart/mixed; boundary=b\n\n--bb\n\nother boundary", "");
    text("Content-Type: multipart/mixed\n\nno boundary", "");
    let forwarded = view(
        "Content-Type: multipart/mixed; boundary=b\n\n--b\n\nsee below\n--b\nContent-Type: message/rfc822\n\nSubject: Disable\n\nCustomer name: Acme\n--b--\n",
    );
    assert_eq!(forwarded.text.trim(), "see below", "an attached message is not the sender's word");
    assert_eq!(forwarded.attachments[0].media_type, "message/rfc822");
    let report = view(
        "Content-Type: multipart/report; boundary=b\n\n--b\n\nsorry\n--b\nContent-Type: message/delivery-status\n\nReporting-MTA: dns; x\n\nAction: failed\n--b\nContent-Type: text/rfc822-headers\n\nMessage-ID: <a@b>\n--b--\n",
    );
    assert_eq!(report.report.as_deref().map(str::trim), Some("Reporting-MTA: dns; x\n\nAction: failed"));
    assert_eq!(report.returned.as_deref().map(str::trim), Some("Message-ID: <a@b>"));
}

#[test]
fn what_is_left_out_is_told() {
    let mixed = |parts: &str| view(&format!("Content-Type: multipart/mixed; boundary=b\n\n{parts}"));
    let kinds = "--b\n\ntext\n--b\nContent-Type: text/calendar\n\nA\n--b\nContent-Type: text/calendar\n\nB\n--b\nContent-Type: message/delivery-status\n\nC\n--b\nContent-Type: message/delivery-status\n\nD\n--b\nContent-Type: text/rfc822-headers\n\nE\n--b\nContent-Type: text/rfc822-headers\n\nF\n--b--\n";
    let another = |kind: &str| format!("one more part says that it is `{kind}`, and is left out");
    assert_eq!(
        mixed(kinds).notes,
        ["text/calendar", "message/delivery-status", "text/rfc822-headers"].map(another)
    );
    let objects = |second: &str| {
        let parts = format!(
            "--b\nContent-Type: text/calendar\n\nA\nB\n--b\nContent-Type: application/ics\n\n{second}\n--b--\n"
        );
        mixed(&parts).calendar
    };
    assert_eq!(objects("A\nB\n\n").as_deref().map(str::trim), Some("A\nB"), "the same twice");
    assert_eq!(
        objects("C").map(|all| all.replace('\n', "")).as_deref(),
        Some("ABC"),
        "which of them counts?"
    );
    let unread = mixed(&format!("--b\n\ntext\n--b\nX: {}\n--b--\n", "x".repeat(300_000)));
    assert_eq!((unread.text.trim(), unread.attachments.len()), ("text", 0));
    assert_eq!(unread.notes, ["a part cannot be read, and is left out: the header is longer than 256 kB"]);
    let outside = "what is in a part stands outside its boundaries, and is left out";
    assert_eq!(mixed("--bb\n\ntext\n--bb--\n").notes, [outside]);
    let within = mixed("--b\nno field\nContent-Type: multipart/mixed; boundary=c\n\ntext\n--b--\n");
    assert_eq!(within.notes, ["a part's header is malformed: line 1 of the header is no field"]);
}

#[test]
fn a_person_is_shown_all_of_it_and_nothing_that_is_not_there() {
    let shown = |message: &str| view(message).shown(message.as_bytes());
    let calendar = shown(
        "Content-Type: multipart/mixed; boundary=b\n\n--b\n\nYes.\n--b\nContent-Type: text/calendar\n\nMETHOD:REPLY\n--b--\n",
    );
    let object = "\n\n--- Its calendar object, which a mail client shows as a meeting: ---\n\nMETHOD:REPLY";
    assert_eq!(calendar.trim_end(), format!("Yes.\n{object}"));
    assert_eq!(shown("Content-Type: text/calendar\n\nMETHOD:REPLY\n").trim_end(), object);
    let both = |html: &str| {
        shown(&format!(
            "Content-Type: multipart/alternative; boundary=b\n\n--b\n\nDisable it.\n--b\nContent-Type: text/html\n\n{html}\n--b--\n"
        ))
    };
    assert_eq!(both("<p>disable&nbsp;it!").trim(), "Disable it.");
    assert!(both("<p>Enable it.").contains("instead, says: ---\n\nEnable it."), "{}", both("<p>Enable it."));
    let hidden = "Content-Type: text/plain; charset=utf-8\n\nto moc.emca\u{202e} and Ac\u{200b}me";
    assert_eq!(shown(hidden), "to moc.emca[U+202E] and Acme");
    let turned = ["it has characters that turn the direction of writing around; each is shown by its number"];
    assert_eq!(view(hidden).notes, turned);
    assert_eq!(view("Subject: =?utf-8?Q?=E2=80=AEabc?=\n\nx").notes, turned);
    let empty = format!("Content-Type: image/png\n\n{}", "\u{1b}x".repeat(1_000_000));
    let shown = shown(&empty);
    assert!(
        shown.starts_with("--- It has no text. As it was sent, it begins so: ---\n\nContent-Type: image/png")
    );
    assert!(shown.len() < 17 * 1024 && !shown.contains('\u{1b}'), "{}", shown.len());
}

#[test]
fn names_of_attachments_are_harmless() {
    let name = |parameters: &str| {
        let view = view(&format!(
            "Content-Type: application/x-x\nContent-Disposition: attachment; {parameters}\n\nabc"
        ));
        view.attachments[0].name.clone()
    };
    for (parameters, expected) in [
        ("filename=form.pdf", "form.pdf"),
        ("filename=\"a; b \\\"c\\\".pdf\"", "a; b c.pdf"),
        ("filename=\"../../etc/passwd\"", "passwd"),
        ("filename=\"C:\\\\Windows\\\\x.pdf\"", "x.pdf"),
        ("filename*=utf-8''..%2F..%2Fetc%2Fp%C3%A4sswd", "pässwd"),
        ("filename*0=\"../\"; filename*1=\"form\"; filename*2*=%2Epdf", "form.pdf"),
        ("filename=harmless.pdf; filename*=utf-8''other.exe", "other.exe"),
        ("filename=\"=?utf-8?Q?f=C3=BCr.pdf?=\"", "für.pdf"),
        ("filename=\"form\u{202e}fdp.exe\"", "formfdp.exe"),
        ("filename=\"a\u{7}b.pdf\"", "a b.pdf"),
        ("filename=\"...\"", "attachment"),
        ("filename=\".pdf\"", "pdf"),
        ("x=y", "attachment"),
        ("filename*=nonsense", "nonsense"),
        ("filename*=''%", "%"),
    ] {
        assert_eq!(name(parameters), expected, "{parameters}");
    }
    assert_eq!(name(&format!("filename={}.pdf", "a".repeat(300))).chars().count(), 100);
}

#[test]
fn an_attachment_is_what_its_bytes_are() {
    let check = |claimed: &str, name: &str, body: &str, expected: &str, noted: bool| {
        let view = view(&format!(
            "Content-Type: {claimed}\nContent-Disposition: attachment; filename={name}\n\n{body}"
        ));
        assert_eq!(view.attachments[0].media_type, expected, "{body}");
        assert_eq!(!view.notes.is_empty(), noted, "{body}: {:?}", view.notes);
    };
    check("application/pdf", "form.pdf", "%PDF-1.7\n", "application/pdf", false);
    check("application/octet-stream", "form.pdf", "%PDF-1.7\n", "application/pdf", false);
    check("application/pdf", "form.pdf", "\n%PDF-1.7\n", "text/plain", true);
    check("application/pdf", "form.pdf", "<!DOCTYPE html><script>x</script>", "text/html", true);
    check("application/pdf", "form.pdf", "MZ\u{1}", "application/vnd.microsoft.portable-executable", true);
    check("text/plain", "note.txt", "MZ\u{1}", "application/vnd.microsoft.portable-executable", true);
    check("text/plain", "note.txt", "hello", "text/plain", false);
    check("image/png", "x.png", "", "application/octet-stream", false);
}

/// What is 16 times as long takes 16 times as long; if each part of it were looked at for each other one, 256 times.
fn grows_with_length(what: &str, read: impl Fn(usize)) {
    let fastest = |bytes| {
        let took = |_| {
            let before = std::time::Instant::now();
            read(bytes);
            before.elapsed()
        };
        (0..3).map(took).min().unwrap()
    };
    let (short, long) = (fastest(30_000), fastest(480_000));
    assert!(long < short * 100, "{what}: {short:?}, and {long:?} for what is 16 times as long");
}

#[test]
fn bombs_do_not_go_off() {
    let deep: String = (0..10_000)
        .map(|n| format!("Content-Type: multipart/mixed; boundary=b{n}\n\n--b{n}\n"))
        .collect::<Vec<_>>()
        .concat();
    let many = format!("Content-Type: multipart/mixed; boundary=b\n\n{}", "--b\n\nx\n".repeat(20_000));
    for (message, expected) in [(deep, Unreadable::TooDeep), (many, Unreadable::TooManyParts)] {
        let message = message.replace('\n', "\r\n");
        let (fields, _) = Fields::read(message.as_bytes()).unwrap();
        assert_eq!(View::read(&fields), Err(expected));
    }
    assert_eq!(
        mime::split(&b"--b\r\n".repeat(20_000), b"b").len(),
        mime::PARTS_MAX + 1,
        "no more are looked at"
    );
    let parameters: String = (0..5_000).map(|n| format!("; x{n}*0*=a")).collect::<Vec<_>>().concat();
    text(&format!("Content-Type: text/plain{parameters}\n\nplain"), "plain");
    html(&"<blockquote>".repeat(100_000), "");
    html(&"<script>".repeat(50_000), "");
    for piece in ["<a ", "<style></style>", "&", "<a '>", "<!--", "<td>"] {
        grows_with_length(piece, |bytes| {
            view(&format!("Content-Type: text/html\n\n{}", piece.repeat(bytes / piece.len())));
        });
    }
    let long = view(&format!("\n{}", "a".repeat(TEXT_BYTES_MAX + 1)));
    assert_eq!((long.text.len(), long.notes.len()), (TEXT_BYTES_MAX, 1));
}
