# Die Support-Konsole, ihre Besuche, und warum jemand nicht hinein kann.
support-title = Support
support-places = Support
support-organizations = Organisationen
support-visits = Ihre Besuche
support-find = Organisation finden
support-search = Suchen
support-keys = <kbd>/</kbd> beginnt, <kbd>↑</kbd> <kbd>↓</kbd> wählen, <kbd>Eingabe</kbd> öffnet.
support-nothing-found = Keine Organisation passt zu <q>{$query}</q>.
support-show-all = Alle zeigen
support-organization = Organisation
support-access = Support-Zugriff
support-tools = Werkzeuge
support-tool = Werkzeug
support-why = Warum
support-since = Seit
support-visit = Besuch
support-show = Zeigen
support-end = Beenden
support-no-reason = kein Grund genannt
support-may-enter = Sie dürfen hinein: Wählen Sie ein Werkzeug, und sagen Sie, warum.
support-no-tools = Es gibt noch kein Werkzeug, das sich öffnen ließe.
support-none-yet = noch keine
support-instead = Was kann ich stattdessen tun?
support-not-covered = (nicht erfasst)
support-more = Und {$more} weitere: Die Suche findet sie.
support-open = Ihre offenen Besuche
support-over = Beendet
support-none-open = Sie sind nirgends drin.
support-none-over = Von Ihnen ist noch kein Besuch zu Ende gegangen.
support-newest = Die neuesten
support-older = Ältere
support-frozen-since = Eingefroren seit {$when}:
support-frozen-all = Ihr Trust Desk hält alle aus allen Organisationen heraus.
support-frozen-employer = Ihr Trust Desk hält alle von {$employer} aus allen Organisationen heraus.
support-frozen-why = Warum: <q>{$why}</q> Zwei Personen vom Trust Desk können es aufheben.

form-title = {$tool} von {$organization} öffnen
form-refused = Sie können nicht hinein: {$organization}
form-open = Hier ist ein Besuch von Ihnen offen.
form-open-go = Zum Besuch
form-seen = {$organization} sieht, dass Sie kommen, wann, und was Sie hier schreiben. Alles, was Sie dort öffnen, wird aufgezeichnet.
form-not-covered = Dieses Werkzeug trennt Organisationen nicht: Was {$organization} über die Daten anderer Werkzeuge entschieden hat, erfasst es nicht.
form-reason = Warum kommen Sie?
form-case = Fallnummer
form-optional = (freiwillig)
form-enter = Hinein
field-unfit = <span lang="en">{$why}.</span>

visit-title = {$tool} von {$organization}
visit-inside = Sie sind drin.
visit-over = Vorbei.
visit-until = Endet von selbst um {$when}
visit-idle = Jede Benutzung des Werkzeugs schiebt das auf 15 Minuten später, längstens bis {$when}.
visit-open = Werkzeug öffnen
visit-end = Diesen Besuch beenden
visit-again = Neuen Besuch beginnen
visit-back = Zurück zu Ihrer Liste
visit-beside = Das Werkzeug öffnet sich in einem eigenen Tab. Diese Seite bleibt hier und sagt, wenn es vorbei ist.
visit-who = Wer
visit-case = Fall
visit-no-case = keiner
visit-ended-at = Bis
visit-lasting = Wie lange
visit-requests = Anfragen

over-left = Ihr Besuch ist vorbei: Er wurde beendet.
over-disabled = Ihr Besuch ist vorbei: Die Organisation hat den Support-Zugriff gesperrt.
over-frozen = Ihr Besuch ist vorbei: Der Anbieter hat den Support-Zugriff eingefroren.
over-token = Ihr Besuch ist vorbei: Das benutzte Token ist abgelaufen oder widerrufen.
over-stopped-there = Ihr Besuch ist vorbei: Die Organisation hat ihn beendet.
over-session = Ihr Besuch ist vorbei: Die Sitzung, aus der er betreten wurde, ist zu Ende.
over-idle = Ihr Besuch ist vorbei: Er war 15 Minuten lang unbenutzt.
over-too-long = Ihr Besuch ist vorbei: Er war 8 Stunden lang offen.
over-stopped = Ihr Besuch ist vorbei: Das Gateway wurde angehalten.
over-lost = Ihr Besuch ist vorbei: Das Gateway ging verloren.

deny-unavailable = Niemand kann zurzeit hinein: <span lang="en">{$why}</span>.
deny-frozen = Der Anbieter hält seit {$when} alle überall heraus.
deny-frozen-employer = Der Anbieter hält seit {$when} alle von {$employer} überall heraus.
deny-organization = Diese Organisation gibt es nicht.
deny-subject = Sie sind hier nicht als Support-Person bekannt.
deny-tool = Dieses Werkzeug gibt es nicht.
deny-shared = Dieses Werkzeug trennt Organisationen nicht, und der Anbieter hat es so nicht angenommen.
deny-closed = Die gespeicherte Einstellung dieser Organisation ist nicht die, die ihr Protokoll belegt (gefunden {$when}). Niemand kann hinein, bis das geklärt ist.
deny-disabled = Diese Organisation hat den Support-Zugriff gesperrt: {$when}.
deny-approval = Diese Organisation stimmt jedem Besuch vorher zu.
deny-mismatch = Der Besuch ist nicht Ihrer, oder nicht im Werkzeug dieser Organisation.
deny-superseded = Der Support-Zugriff hat sich geändert, nachdem Ihr Besuch begann.
deny-reason = Bei diesem Werkzeug muss ein Grund stehen.
deny-case = Bei diesem Werkzeug muss ein Fall stehen.
deny-room = Die Festplatte von Byleave ist fast voll. Der Rest ist für das Beenden von Besuchen und für das Sperren da.
deny-ends = Wie frühere Anfragen endeten, steht noch nicht in den Protokollen. Bis dahin kommt niemand Neues hinein.
deny-instead = Was Sie stattdessen tun können
deny-case-text = Text für den Fall des Kunden
deny-copy = Text kopieren
deny-copied = Kopiert

instead-export = Bitten Sie den Kunden, zu schicken, was Sie brauchen: einen Export oder ein Bild aus {$tool} für die Zeit des Problems, ohne Passwörter.
instead-show = Bitten Sie den Kunden, selbst nachzusehen und Ihnen in einem Gespräch zu zeigen, was da steht.
instead-enable = Bitten Sie den Kunden, dass sein Sicherheitskontakt den Support-Zugriff freigeben lässt. Wie das geht, steht auf <a href="{$address}">der Seite für Kunden</a>. Nur der Kunde entscheidet es.
instead-approve = Bitten Sie den Sicherheitskontakt des Kunden, Ihrem Besuch zuzustimmen.
instead-closed = Sagen Sie es Ihrem Trust Desk; nur er kann es klären.
instead-frozen = Fragen Sie Ihren Trust Desk: Er sagt, warum, und zwei Personen dort können es aufheben; sonst niemand.
instead-declare = Bitten Sie Ihre Plattformabteilung, zu erklären, wie das Werkzeug Organisationen trennt.
instead-other-tool = Gehen Sie zurück zu Ihrer Liste und sehen Sie, ob ein anderes Werkzeug zeigt, was Sie brauchen.
instead-add = Bitten Sie Ihren Trust Desk, Sie aufzunehmen.
instead-list = Prüfen Sie die Adresse, oder beginnen Sie bei Ihrer Liste.
instead-room = Sagen Sie es denen, die Byleave betreiben; Sie können hinein, sobald Platz ist.
instead-moment = Versuchen Sie es gleich noch einmal; bleibt es so, sagen Sie es denen, die Byleave betreiben.
instead-visit = Beginnen Sie einen neuen Besuch.

case-text-disabled =
    Guten Tag,

    Ihre Organisation hat den Support-Zugriff sperren lassen ({$when}), darum sehen wir nicht selbst in {$tool} nach. Zwei Wege führen weiter:

    1. Sie schicken uns einen Export oder ein Bild aus {$tool} für die Zeit des Problems, ohne Passwörter.
    2. Ihr Sicherheitskontakt lässt den Support-Zugriff wieder freigeben. Wie das geht, steht hier: {$address}

    Beides entscheiden Sie, und Sie können es jederzeit ändern.
case-text-approval =
    Guten Tag,

    Ihre Organisation stimmt jedem unserer Besuche vorher zu. Damit es weitergeht, brauchen wir die Zustimmung Ihres Sicherheitskontakts, in {$tool} nachzusehen.

    Oder schicken Sie uns einen Export oder ein Bild aus {$tool} für die Zeit des Problems, ohne Passwörter.
case-text-cannot =
    Guten Tag,

    wir können zurzeit nicht selbst in {$tool} nachsehen. Damit es weitergeht, schicken Sie uns bitte einen Export oder ein Bild aus {$tool} für die Zeit des Problems, ohne Passwörter.
