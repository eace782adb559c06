//! What the form says, one version at a time.

/// A version of the form's text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FormText {
    /// Printed on every page; another text is another version.
    pub version: String,
    /// The form's title.
    pub title: String,
    /// One paragraph below it.
    pub introduction: String,
    /// What disabling means, part by part.
    pub sections: Vec<Section>,
    /// What the signature approves.
    pub declaration: String,
}

/// A part of the form.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Section {
    /// Its heading.
    pub heading: String,
    /// Paragraphs.
    pub paragraphs: Vec<String>,
    /// Points below them.
    pub points: Vec<String>,
}

impl FormText {
    /// The standard text in English, about these tools of this vendor.
    #[must_use]
    pub fn standard(vendor: &str, tools: &[String]) -> Self {
        let section = |heading: &str, paragraphs: &[&str], points: Vec<String>| Section {
            heading: heading.to_owned(),
            paragraphs: paragraphs.iter().map(|text| (*text).to_owned()).collect(),
            points,
        };
        let points = |texts: &[&str]| texts.iter().map(|text| (*text).to_owned()).collect::<Vec<_>>();
        Self {
            version: "1".to_owned(),
            title: "Acknowledgement: support access disabled".to_owned(),
            introduction: format!(
                "Support people of {vendor} can enter your organization's tools to help you, unless your security \
                 contact has support access disabled. This form says what that means. Please read it before you sign."
            ),
            sections: vec![
                section(
                    "What is closed",
                    &["From the moment the request is processed, no support person enters any of these tools, or sees \
                       any material of your organization in them. Whoever is inside at that moment is cut off."],
                    tools.to_vec(),
                ),
                section(
                    "What it means for you",
                    &[],
                    points(&[
                        "Help is slower. Support people cannot look for themselves; they ask you, step by step.",
                        "You export and send what they need to see: logs, settings, screenshots. You decide what \
                         you send.",
                        "Service levels that depend on a look into your tools may not be met, and time spent waiting \
                         for what you send does not count.",
                        "Some faults cannot be found from outside. You may have to enable support access to have them \
                         found.",
                    ]),
                ),
                section(
                    "What it does not cover",
                    &[],
                    points(&[
                        "What support people have seen or received before.",
                        "What you send them yourselves, and meetings in which you show them something.",
                        "The running of the service itself, which goes on as before.",
                        "Tools that are not named above.",
                    ]),
                ),
                section(
                    "How to enable it again",
                    &["Your security contact sends an e-mail with the same three items: the customer name, the \
                       confirmation that support access is to be enabled, and whom to contact. We call back on the \
                       number that we have on file, and never on one from the message. Then the request is processed."],
                    Vec::new(),
                ),
            ],
            declaration: "By signing I confirm that I am a security contact of the organization named above, that I \
                          have read and understood what disabling support access means, and that I approve this \
                          one action: support access to the organization is disabled."
                .to_owned(),
        }
    }

    /// What an organization signs whose last security contact has left.
    #[must_use]
    pub fn successor(vendor: &str) -> Self {
        let section = |heading: &str, texts: &[&str]| Section {
            heading: heading.to_owned(),
            paragraphs: texts.iter().map(|text| (*text).to_owned()).collect(),
            points: Vec::new(),
        };
        Self {
            version: "successor-1".to_owned(),
            title: "A new security contact".to_owned(),
            introduction: format!(
                "The security contact decides for your organization whether support people of {vendor} may enter its \
                 tools. Please sign only if none of the contacts on file can be reached any more."
            ),
            sections: vec![
                section(
                    "What it means",
                    &["From the moment the change is made, the person named above is your organization's only security \
                       contact. Everybody who is on file now no longer decides."],
                ),
                section(
                    "What happens next",
                    &["The change is announced to every contact on file, and any of them can object. Two people at our \
                       desk have to agree. It is made seven days after it was announced, at the earliest. Until the new \
                       contact has been called back by two people at our desk, they can have support access disabled, \
                       and not enabled."],
                ),
            ],
            declaration: "By signing I confirm that I may act for the organization named above, that its security \
                          contacts have left, and that I approve this one action: the person named above becomes its \
                          security contact."
                .to_owned(),
        }
    }
}
