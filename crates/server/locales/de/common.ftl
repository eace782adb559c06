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

link-title = Dieser Link gilt nicht
link-why = Er ist schon benutzt, älter als einen Tag oder wurde nie ausgegeben. Jeder Anmeldelink gilt einmal.
link-signed-in = Sie sind angemeldet als {$name}.
link-what-now = <strong>Was nun:</strong> Bitten Sie {$vendor} um einen neuen Link. Wenn Sie Ihren nicht selbst benutzt haben, sagen Sie es dort: vielleicht war es jemand anderes.

problem-happened = Was geschehen ist
problem-remedy = Was zu tun ist
problem-programs = Für Programme: Status {$status}, Art <code>{$type}</code>.
