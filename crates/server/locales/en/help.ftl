# The help page, and what its form answers.
help-short = Support access
help-title = Who may look into your data, and when
help-lead = To help you, {$vendor}’s support people sometimes enter our tools and look at your organization’s data. Whether they may is <strong>your decision</strong>.
help-default = Every time they do, you can see who came, when, why, and what they opened. By default support access is enabled.
help-policy = This page belongs to {$policy}.
help-covered = Covered are: {$tools}.
help-or-portal = Or they ask in <a href="/portal">the portal</a>.
help-disable = Have support access disabled
help-disable-mail = Your organization’s security contact sends an e-mail to <strong>{$address}</strong> with three items: the customer name, the confirmation that support access is to be disabled, and whom to contact once we have looked at it.
help-disable-review = We review the request. The security contact then gets an <strong>acknowledgement form</strong>, which says what disabling means, and an invitation to a <strong>meeting</strong>.
help-disable-meeting = The meeting settles two questions: whether the person who asked is your organization’s security contact, and whether what the form says is understood.
help-disable-form = If you decide to go on, the form is signed and returned.
help-disable-form-approved = If you decide to go on, the form is signed and returned, and a second person at our desk approves.
help-disable-processed = The request is processed. From then on no support person enters any tool, or sees any material, of your organization. The confirmation names the moment, and comes with a receipt to keep.
help-disable-key = A security contact who has a key of their own need not wait: they press <strong>Disable</strong> in the portal, and it is in force at once. It is provisional until the steps above confirm it, and never lapses by itself.
help-disable-learn = Only want to learn about it first?
help-disable-specimen = Read a copy of the form.
help-enable = Have it enabled again
help-enable-mail = The security contact sends an e-mail with the same three items to <strong>{$address}</strong>.
help-enable-call = We call back on the number that we have on file, and never on one from the message. Your security contact’s own page shows words during the call: three that we say, and three that we have to hear, so that each side knows the other is real. A request that the contact has signed with their own key, or with a passkey in its place, needs no call.
help-enable-approved = Two people at our desk approve.
help-enable-approved-other = Two people at our desk approve (with the contact’s signature, one who has not prepared it).
help-enable-wait = It takes effect after {$wait}, and until then any of your security contacts can object.
help-enable-at-once = It takes effect at once.
help-enable-processed = The request is processed.
help-nobody-alone = No message changes anything by itself, and nobody can do it alone.
help-ask = Ask here
help-ask-lead = Instead of an e-mail you can send the three items with this form. It counts for no more than an e-mail: anybody could have sent it, so we write to the security contact on file before anything happens.
help-ask-customer = Customer name
help-ask-confirmation = Confirmation
help-ask-disable = Support access is to be disabled
help-ask-enable = Support access is to be enabled
help-ask-contact = Whom to contact once it is reviewed
help-ask-more = Anything else
help-ask-send = Send
help-ask-not-sent = The message was not sent: something is missing or too long. What you wrote is <a href="#ask">still there</a>.
help-ask-customer-missing = Write the name of your organization.
help-ask-contact-missing = Write whom we contact, by name and address or telephone.
help-ask-too-long = This has {$length} characters; at most {$most} are taken.
help-glance-disable = Disable
help-glance-disable-how = Your security contact asks; we review it, talk with them and have a form signed. With a key of their own they disable at once.
help-glance-steps = How it is disabled, step by step
help-glance-enable = Enable again
help-glance-enable-how = Your security contact asks; we call back on the number on file, and two people approve. Nobody can do it alone.
help-glance-steps-back = How it is enabled again, step by step
help-contents = On this page
help-verify = See what happened
help-verify-log = The portal lists every visit. Behind it is a log of your organization’s own, which nobody can change afterwards without it showing; each step above is an entry in it.
help-verify-how = The portal checks it in your own browser, and has the one command with which you check it on your own computer, without trusting us.
help-verify-secret = the secret of your log
help-verify-key = the key of your log
help-verify-says = Secret and key stand in the portal. The answer is one sentence: how many visits, by how many people, whether support access is disabled, and whether anything is missing.
help-sign-in = Sign in
help-sign-in-links = Sign-in links come from our trust desk; each works once. Then your page is here:
help-sign-in-contacts = Security contacts: <a href="/portal">portal</a>
help-sign-in-support = {$vendor}’s support people: <a href="/support">support</a>
help-sign-in-desk = {$vendor}’s desk people: <a href="/desk">desk</a>

sent-title = Your message is here
sent-short = Message sent
sent-nothing-yet = Nothing has changed yet: no message changes anything by itself, and anybody could have sent this one.
sent-read = A person at our desk reads it.
sent-next = We write to, or call, the security contact that we have on file, and nobody else. If that is you, your page is the <a href="/portal">portal</a>.
sent-then = They confirm it, and the steps go on as they are told of on the page that you came from.
