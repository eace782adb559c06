# Warum etwas abgelehnt wird: die Regeln, wie Seiten sie sagen. Programme lesen dasselbe auf Englisch von der Regel selbst.
rule-unsettled = Die Organisation nimmt keine Änderung von Kontakten an, bis ihre gespeicherte Einstellung und ihr Protokoll übereinstimmen.
rule-overtaken = Der Support-Zugriff wurde noch einmal geändert, bevor das fertig war; sehen Sie nach, und fragen Sie noch einmal.
rule-outbox = Eine frühere Sperre wartet noch auf ihren Platz im Protokoll der Organisation. Versuchen Sie es gleich noch einmal.
rule-not-admitted = Die gespeicherte Einstellung lässt es nicht zu.

rule-no-key = Für den, der unterschrieben hat, ist kein brauchbarer Schlüssel hinterlegt.
rule-signature = Die Unterschrift ist nicht von dem, der genannt ist.
rule-stale = Was unterschrieben wurde, ist von {$when}; es gilt nur 10 Minuten. Laden Sie die Seite neu, und unterschreiben Sie noch einmal.
rule-other-organization = Was unterschrieben wurde, handelt von einer anderen Organisation.
rule-other-wish = Was unterschrieben wurde, verlangt etwas anderes.
rule-not-a-contact = Das ist kein Sicherheitskontakt der Organisation.
rule-contact-too-new = Der Kontakt kam hinzu, nachdem der Support-Zugriff gesperrt wurde, und kann ihn nicht freigeben lassen; ein früherer Kontakt kann es.
rule-other-epoch = Was unterschrieben wurde, gilt für Änderung {$stated} der Einstellung; die nächste ist {$next}. Laden Sie die Seite neu, und unterschreiben Sie noch einmal.
rule-already-enabled = Der Support-Zugriff ist schon freigegeben.
rule-closed = Die Organisation ist geschlossen, bis ihre gespeicherte Einstellung geklärt ist.

rule-over = Der Antrag ist zu Ende und nimmt keine weiteren Schritte an.
rule-full = Der Antrag hat {$steps} Schritte; er nimmt keine weiteren Nachrichten, Zeiten oder Dateien an. Ziehen Sie ihn zurück, und fragen Sie neu.
rule-not-reviewed = Der Antrag muss zuerst geprüft werden.
rule-reviewed = Der Antrag ist schon geprüft.
rule-item-missing = Dem Antrag fehlt eine Angabe ({$item}); fragen Sie danach.
rule-nothing-to-change = Der Support-Zugriff ist schon so; es gibt nichts zu ändern.
rule-other-journey = Dieser Schritt gehört zu Anträgen auf das Gegenteil.
rule-no-form = Zuerst muss das Bestätigungsformular verschickt werden.
rule-no-meeting = Zuerst muss ein Gespräch angesetzt werden.
rule-not-invited = Nur der Sicherheitskontakt, der zum Gespräch eingeladen ist, antwortet auf die Einladung.
rule-unknown-invitation = Das antwortet auf Fassung {$version} der Einladung, die nicht verschickt wurde.
rule-answer-ahead = Es heißt darin, es sei von {$when}, was noch nicht gewesen ist.
rule-no-proposal = Keine vorgeschlagene Zeit wartet auf eine Antwort; sehen Sie den Antrag noch einmal an.
rule-not-found = Das Gespräch muss noch feststellen, was die Seite nennt.
rule-not-matched = Das unterschriebene Formular muss zuerst zurückkommen und passen.
rule-not-returned = Es ist noch kein Formular zurückgekommen.
rule-not-called = Zuerst muss die hinterlegte Nummer angerufen werden, und der Kontakt muss bestätigen.
rule-no-call-needed = Der Kontakt hat diesen Antrag mit eigenem Schlüssel unterschrieben; ein Anruf ist nicht nötig.
rule-number-too-new = Die Nummer des Kontakts gilt für einen Rückruf ab {$when}; rufen Sie einen anderen Kontakt an, oder warten Sie.
rule-contact-unconfirmed = Der Kontakt ist nicht innerhalb von 180 Tagen durch einen Rückruf von zwei Personen vom Trust Desk bestätigt; rufen Sie ihn zuerst dazu an.
rule-second-person = Wer geprüft, gesprochen oder angerufen hat, stimmt nicht allein zu; eine zweite Person vom Trust Desk muss es tun.
rule-approved-already = Sie haben diesem Antrag schon zugestimmt; eine zweite Person vom Trust Desk muss es tun.
rule-own-request = Sie sind Sicherheitskontakt dieser Organisation und können nicht für den Anbieter zustimmen.
rule-approval-differs = Was unterschrieben wurde, handelt nicht vom Antrag, wie er jetzt ist. Laden Sie die Seite neu, und unterschreiben Sie, was sie zeigt.
rule-disagreement = Ein späterer Antrag verlangt, den Support-Zugriff zu sperren; der wird zuerst erledigt.
rule-waits = Die Änderung tritt {$when} in Kraft; bis dahin kann jeder Sicherheitskontakt widersprechen.

rule-agreed-already = Sie haben dem schon zugestimmt; eine zweite Person vom Trust Desk muss es tun.
rule-contacts-over = Die Änderung der Kontakte ist zu Ende.
rule-contacts-none = Die Organisation hat noch keinen Sicherheitskontakt; nennen Sie den ersten aus dem Vertrag.
rule-on-file = {$address} ist schon hinterlegt; um die Person anders zu erreichen, ändern Sie ihre Nummer.
rule-contacts-too-many = Es sind schon zu viele Änderungen von Kontakten offen; erledigen Sie zuerst eine davon.
rule-same-number = {$number} ist die Nummer, die schon hinterlegt ist.
rule-own-change = Sie sind Sicherheitskontakt dieser Organisation oder sollen es werden; Sie können nicht für den Anbieter zustimmen.
rule-other-text = Unterschrieben werden muss der Text, der gezeigt wird; laden Sie die Seite neu.
rule-contacts-no-form = Zuerst muss das Formular zurückkommen, das die Organisation unterschreibt.
rule-contacts-form-unexpected = Zu dieser Änderung von Kontakten gehört kein Formular.

rule-doubted = Dieser Besuch ist schon als nicht erkannt gemeldet; die Antwort kommt bis {$when}.
rule-doubted-often = Dieser Besuch wurde so oft gemeldet, wie es geht; sprechen Sie mit dem Trust Desk des Anbieters.
rule-doubt-answered = Das ist schon beantwortet; die Organisation kann den Besuch noch einmal melden.
rule-own-visit = Das ist Ihr eigener Besuch; eine andere Person vom Trust Desk muss antworten.

rule-no-employer = Keine Support-Person arbeitet für {$given}; es gibt {$known}.
rule-lifted = Das Einfrieren ist schon aufgehoben.
rule-other-freeze = Was unterschrieben wurde, handelt von einem anderen Einfrieren.
rule-other-person = Was unterschrieben wurde, nennt jemand anderen.

rule-passkey-not-asked = Die Seite war zu lange offen, oder sie wurde schon benutzt; laden Sie sie neu.
rule-passkey-unknown = Dieser Passkey ist hier nicht für die Person registriert, die gefragt war; vielleicht wurde er entfernt.
rule-passkey-link = Der Link gilt nicht; bitten Sie den Trust Desk um einen neuen.
rule-passkey-too-new = Ein Passkey unterschreibt nur zu Anträgen, die nach seiner Registrierung gestellt wurden, und nicht in der Sitzung, in der er hinzukam. Geben Sie das Formular als Datei zurück, oder fragen Sie neu.
rule-passkey-too-many = Es gibt schon so viele Passkeys, wie es geben kann; entfernen Sie einen.
rule-passkey-twice = Dieser Passkey ist schon registriert.
rule-passkey-own-link = Den Link muss Ihnen eine andere Person vom Trust Desk geben.
rule-passkey-nobody = Sicherheitskontakte und Personen vom Trust Desk haben Passkeys; Support-Personen haben keine.
rule-passkey-not-delegated = Dieser Passkey entscheidet noch nicht: unter „Passkeys“ muss Ihr eigener Schlüssel sagen, dass er an seiner Stelle unterschreibt.
rule-passkey-added-here = Ein Passkey entscheidet nicht in der Sitzung, in der er hinzukam; melden Sie sich noch einmal an, mit ihm oder einem anderen.
rule-passkey-other-delegation = Was unterschrieben wurde, betrifft einen anderen Passkey oder andere Seiten.

rule-call-not-begun = Hier läuft kein Anruf von Ihnen: er ist eine Stunde lang bekannt, und ein Neustart beendet ihn. Beginnen Sie den Anruf neu.
rule-call-too-long = Das ist länger, als drei Wörter sein können; geben Sie die ein, die Sie gehört haben.
rule-call-not-heard = Die Wörter des Kontakts wurden nicht gehört. Geben Sie ein, was Sie gehört haben, oder sagen Sie, warum ohne Wörter bestätigt wurde.
rule-call-no-reason = Warum ein Anruf ohne Wörter war, wird nur bei einem gesagt, der ohne sie bestätigt wurde.

rule-slug-taken = Diesen Slug gibt es schon unter einem anderen Namen. Geben Sie der Organisation einen anderen.
rule-slug-assets = Dort liegen die Dateien des Werkzeugs {$tool}; keine Organisation kann diesen Slug haben. Wählen Sie einen anderen.
rule-domains-differ = Es gibt sie schon, mit anderen Domains. Lassen Sie sie hier weg; <code>byleave organization domains</code> ändert sie.
rule-notices-differ = Es gibt sie schon, mit anderen Adressen für Kopien. Lassen Sie sie hier weg; <code>byleave organization notice-addresses</code> ändert sie.
rule-too-many = Höchstens {$domains} Domains und {$addresses} Adressen für Kopien werden angenommen.
rule-own-address = Dort gehen E-Mails an den Anbieter ein. Nennen Sie eine Adresse der Organisation.
