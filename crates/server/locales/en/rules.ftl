# Why something is refused: the rules, as pages say them. Programs get the same in English from the rule itself.
rule-unsettled = The organization takes no change of contacts until its stored setting and its log agree.
rule-overtaken = Support access was changed again before this was through; look, and ask again.
rule-outbox = An earlier disable still waits for its place in the organization’s log. Try again in a moment.
rule-not-admitted = The stored setting does not admit it.

rule-no-key = The signer has no usable key on file.
rule-signature = The signature is not the signer’s.
rule-stale = What was signed was issued {$when}; it is taken for 10 minutes only. Load the page again, and sign anew.
rule-other-organization = What was signed is about another organization.
rule-other-wish = What was signed asks for something else.
rule-not-a-contact = This is not a security contact of the organization.
rule-contact-too-new = The contact was added after support access was disabled, and cannot ask to enable it; an earlier contact can.
rule-other-epoch = What was signed is for change {$stated} of the setting; the next is {$next}. Load the page again, and sign anew.
rule-already-enabled = Support access is enabled already.
rule-closed = The organization is closed until its stored setting is settled.

rule-over = The request is over, and takes no further steps.
rule-full = The request has {$steps} steps; it takes no more messages, times or files. Withdraw it, and ask anew.
rule-not-reviewed = The request has to be reviewed first.
rule-reviewed = The request has been reviewed already.
rule-item-missing = The request lacks {$item}; ask for it.
rule-nothing-to-change = Support access is that already; there is nothing to change.
rule-other-journey = This step belongs to requests for the opposite.
rule-no-form = The acknowledgement form has to be sent first.
rule-no-meeting = A meeting has to be scheduled first.
rule-not-invited = Only the security contact who is invited to the meeting answers the invitation.
rule-unknown-invitation = It answers version {$version} of the invitation, which was not sent.
rule-answer-ahead = It says that it was made {$when}, which is yet to come.
rule-no-proposal = No proposed time waits for an answer; look at the request anew.
rule-not-found = The meeting has yet to find what the page names.
rule-not-matched = The signed form has to be returned and matched first.
rule-not-returned = No form has come back yet.
rule-not-called = The number on file has to be called first, and the contact to confirm.
rule-no-call-needed = The contact signed this request with their own key; it needs no call.
rule-number-too-new = The contact’s number is good for a call-back from {$when} on; call another contact, or wait.
rule-contact-unconfirmed = The contact is not confirmed by a call-back of two desk people within 180 days; call them to confirm the contact first.
rule-second-person = Whoever reviewed, met or called does not approve alone; a second desk person has to.
rule-approved-already = You have approved this request already; a second desk person has to.
rule-own-request = You are a security contact of this organization, and cannot approve for the vendor.
rule-approval-differs = What was signed is not about the request as it is now. Load the page again, and sign what it shows.
rule-disagreement = A later request asks to disable support access; that one is settled first.
rule-waits = The change takes effect {$when}; until then any security contact can object.

rule-agreed-already = You have agreed to this already; a second desk person has to.
rule-contacts-over = The change of contacts is over.
rule-contacts-none = The organization has no security contact yet; name the first one from the contract.
rule-on-file = {$address} is on file already; to reach them elsewhere, change their number.
rule-contacts-too-many = Too many changes of contacts are open already; settle one of them first.
rule-same-number = {$number} is the number on file already.
rule-own-change = You are a security contact of this organization, or are to become one; you cannot agree for the vendor.
rule-other-text = What you sign has to be the text that is shown; load the page again.
rule-contacts-no-form = The form that the organization signs has to come back first.
rule-contacts-form-unexpected = This change of contacts has no form.

rule-doubted = This visit is doubted already; the desk’s answer is due {$when}.
rule-doubted-often = This visit was doubted as often as it can be; speak to the vendor’s desk.
rule-doubt-answered = This is answered already; the organization may doubt the visit once more.
rule-own-visit = The visit is your own; another desk person has to answer.

rule-no-employer = No support person is employed by {$given}; there are {$known}.
rule-lifted = The freeze is lifted already.
rule-other-freeze = What was signed is about another freeze.
rule-other-person = What was signed names somebody else.

rule-passkey-not-asked = The page was open for too long, or was used already; load it again.
rule-passkey-unknown = This passkey is not registered here for whoever was asked; it may have been removed.
rule-passkey-link = The link does not work; ask the trust desk for a new one.
rule-passkey-too-new = A passkey signs only under requests that were opened after it was registered, and not in the session in which it was added. Return the form as a file, or ask anew.
rule-passkey-too-many = There are as many passkeys as there can be; remove one.
rule-passkey-twice = This passkey is registered already.
rule-passkey-own-link = Another desk person has to hand you the link.
rule-passkey-nobody = Security contacts and desk people have passkeys; support people have none.
rule-passkey-not-delegated = This passkey does not decide yet: on “Passkeys”, your own key has to say that it signs in its place.
rule-passkey-added-here = A passkey does not decide in the session in which it was added; sign in again, with it or another.
rule-passkey-other-delegation = What was signed is about another passkey, or other pages.

rule-call-not-begun = No call of yours is under way here: one is known for an hour, and a restart ends it. Begin the call anew.
rule-call-too-long = That is longer than three words can be; type those that you heard.
rule-call-not-heard = The contact’s words were not heard. Type what you heard, or say why it was confirmed without words.
rule-call-no-reason = Why a call was without words is said of one that was confirmed without them, and of no other.

rule-slug-taken = This slug is in use under another name. Give this organization another one.
rule-slug-assets = The assets of the tool {$tool} are in this place, so no organization can have this slug. Choose another one.
rule-domains-differ = It is there already, with other domains. Leave them out here; <code>byleave organization domains</code> changes them.
rule-notices-differ = It is there already, with other notice addresses. Leave them out here; <code>byleave organization notice-addresses</code> changes them.
rule-too-many = At most {$domains} domains and {$addresses} notice addresses are taken.
rule-own-address = Mail to the vendor comes in there. Name an address of the organization’s.
