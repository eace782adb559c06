# Was jede Seite hat, und die Wörter für Zustände, Zeiten und Enden, die viele Seiten teilen.
frame-product = Support-Zugriff
frame-skip = Zum Inhalt springen
frame-you = Sie
frame-sessions = Sitzungen
frame-sign-out = Abmelden
frame-how = So funktioniert der Support-Zugriff

lasting-hours = {$hours} Std. {$minutes} Min.
lasting-minutes = {$minutes} Min. {$seconds} Sek.
lasting-seconds = {$seconds} Sek.

state-enabled = Freigegeben
state-enabled-means = Support-Personen dürfen hinein. Zu jedem Besuch steht da, wer kam und warum.
state-asks = Nur mit Zustimmung
state-asks-means = Support-Personen dürfen hinein, wenn einem Besuch zugestimmt ist.
state-disabled = Gesperrt
state-disabled-since = Seit {$when}, durch {$who}. Niemand kann hinein. {$how}
state-disabled-desk = den Anbieter, auf Antrag Ihrer Organisation
state-provisional = Die Sperre ist vorläufig: sie gilt, und die Schritte, die sie bestätigen, laufen.
state-confirmed = Die Sperre ist bestätigt.
state-closed = Geschlossen
state-closed-means = Die gespeicherte Einstellung ist nicht die, die das Protokoll belegt (gefunden {$when}). Niemand kann hinein, bis ein Sicherheitskontakt neu entscheidet.

end-left = selbst gegangen
end-disabled = getrennt: Support-Zugriff gesperrt
end-frozen = getrennt: der Anbieter hat den Support-Zugriff eingefroren
end-stopped-here = getrennt: Ihre Organisation hat ihn beendet
end-stopped-by = getrennt: Ihre Organisation hat ihn beendet ({$who})
end-stopped-by-program = getrennt: Ihre Organisation hat ihn beendet (eines ihrer Programme)
end-token = getrennt: das benutzte Token ist abgelaufen oder widerrufen
end-session = getrennt: sie wurden abgemeldet
end-idle = 15 Minuten lang nicht benutzt
end-too-long = 8 Stunden lang offen
end-stopped = das Gateway wurde angehalten
end-lost = das Gateway ging verloren

standing-unconfirmed = nicht bestätigt: zwei Personen des Anbieters müssen zurückrufen
standing-confirmed = telefonisch bestätigt, zuletzt {$when}
standing-due = erneut zu bestätigen: zuletzt angerufen {$when}

next-waits = Es gilt ab {$when}; bis dahin kann jeder Sicherheitskontakt widersprechen.
next-review = Eine Person beim Anbieter prüft den Antrag.
next-reviewing = Eine Person beim Anbieter prüft ihn gerade.
next-asked = Wer ihn gestellt hat, wurde nach dem gefragt, was fehlt.
next-proposed = Für das Gespräch ist eine andere Zeit vorgeschlagen; eine Person beim Anbieter verlegt es oder lehnt ab.
next-two-approve = Zwei Personen beim Anbieter stimmen zu.
next-one-approves = Eine Person beim Anbieter stimmt zu.
next-missing = <span lang="en">{$what}</span>

refusal-signed-out = Sie sind hier nicht angemeldet, oder Ihre Sitzung ist vorbei.
refusal-sign-in = <strong>Zum Anmelden</strong> <a href="/sign-in">benutzen Sie Ihren Passkey</a>, oder öffnen Sie den Anmeldelink, den Sie von {$vendor} bekommen haben. Ein Link gilt einmal; bitten Sie um einen neuen, wenn Ihrer benutzt ist. Öffnen Sie danach diese Adresse noch einmal.
refusal-home = Zu Ihrer Seite
refusal-plain = Das wurde nicht angenommen (Status {$status})
refusal-not-found = Das gibt es hier nicht, oder es ist nicht Ihres: Beides sieht gleich aus. Prüfen Sie die Adresse, oder beginnen Sie bei Ihrer Seite.
refusal-for-contacts = Das ist für Sicherheitskontakte; Sie sind {$you}.
refusal-for-support = Das ist für Support-Personen; Sie sind {$you}.
refusal-for-desk = Das ist für Personen vom Trust Desk; Sie sind {$you}.
refusal-for-both = Das ist für Sicherheitskontakte und Personen vom Trust Desk; Sie sind {$you}.
refusal-you-administrator = die Verwaltung
refusal-you-desk = eine Person vom Trust Desk
refusal-you-contact = ein Sicherheitskontakt
refusal-you-support = eine Support-Person
refusal-you-program = ein Programm einer Organisation
refusal-failed = Es konnte nicht gelesen oder nicht aufgezeichnet werden, also ist es nicht geschehen. Versuchen Sie es gleich noch einmal.
refusal-empty = Ein Text fehlt: Sagen Sie in ein paar Worten, worum es geht.
refusal-too-long = Der Text hat {$length} Zeichen; höchstens {$most} werden angenommen.
refusal-form = Das Formular kam nicht von einer unserer Seiten, oder die Seite stammt von einer früheren Anmeldung. Laden Sie sie neu.
refusal-token = Seiten sind für Personen, die angemeldet sind, und nehmen kein Token. Programme haben die API unter <code>/v1</code> und gehen durch das Gateway in Werkzeuge.
refusal-body = Was geschickt wurde, ist zu groß oder kam nicht vollständig an.
refusal-method = Diese Adresse nimmt diese Methode nicht an.
refusal-unread = Die Adresse oder das Formular lässt sich nicht lesen.
refusal-too-many = Es sind zu viele Anfragen; die nächste wird in {$seconds} s angenommen.

link-title = Dieser Link gilt nicht
link-why = Er ist schon benutzt, älter als einen Tag oder wurde nie ausgegeben. Jeder Anmeldelink gilt einmal.
link-signed-in = Sie sind angemeldet als {$name}.
link-what-now = <strong>Was nun:</strong> Bitten Sie {$vendor} um einen neuen Link. Wenn Sie Ihren nicht selbst benutzt haben, sagen Sie es dort: vielleicht war es jemand anderes.

problem-happened = Was geschehen ist
problem-remedy = Was zu tun ist
problem-programs = Für Programme: Status {$status}, Art <code>{$type}</code>.

# Was Skripte zu einem Schlüssel sagen, und zu einer Entscheidung, die nicht angenommen wurde.
keys-https = Dieser Browser unterschreibt nur auf https-Seiten (oder localhost).
keys-no-signatures = Dieser Browser kann nicht mit Ed25519 unterschreiben. Nehmen Sie einen neueren oder die Befehlszeile.
keys-another = Das ist nicht der Schlüssel, der für Sie hinterlegt ist.
keys-no-key-file = {$file} ist keine Schlüsseldatei: Sie beginnt mit byleave-key/v1.
keys-not-done = Nicht geschehen: {$why}
