# Die Seite, die ein Protokoll im Browser prüft.
verify-title = Ihr Protokoll prüfen
verify-lead = Jeder Besuch bei {$name}, jeder abgewiesene Versuch und jede Änderung der Einstellung ist ein Eintrag im eigenen Protokoll Ihrer Organisation. Hier liest Ihr Browser das ganze Protokoll und rechnet selbst nach, ob etwas darin geändert oder weggenommen wurde.
verify-not-yet = Noch nicht geprüft.
verify-script = Das Prüfen braucht ein Skript. Wo keines läuft, tut der Befehl am Ende dieser Seite dasselbe und mehr.
verify-checks = Was geprüft wird
verify-signature = <strong>Unterschrieben.</strong> Der neueste Stand des Protokolls ist mit dessen eigenem Schlüssel unterschrieben.
verify-entries = <strong>Vollständig und unverändert.</strong> Jeder Eintrag ist da, an seinem Platz, und alle zusammen sind, was unterschrieben wurde.
verify-rules = <strong>Möglich.</strong> Die Einträge erzählen, was geschehen darf: Niemand kommt hinein, während der Support-Zugriff gesperrt ist oder alle ferngehalten werden, jeder Zugriff eines Besuchs endet einmal, und nichts wird ohne Antrag und Zustimmungen freigegeben.
verify-earlier = <strong>Fortgesetzt.</strong>
verify-earlier-means = Das Protokoll hat noch alles, was dieser Browser beim letzten Mal gesehen hat.
verify-told = Was das Protokoll erzählt
verify-again = Noch einmal prüfen
verify-not-shown = Was das nicht zeigt
verify-not-recorded = Ein Zugriff, der nie aufgezeichnet wurde, hinterlässt keinen Eintrag.
verify-not-true = Ob geschehen ist, was aufgezeichnet wurde. Das kann kein Protokoll sagen.
verify-not-who = Wer kam und warum: Namen und Gründe stehen neben dem Protokoll, nicht darin. Mit Ihrer Organisationsdatei prüft der Befehl auch die.
verify-not-seen = Was Sie nicht gesehen haben: Beim ersten Mal geht ein Protokoll, dessen Ende abgeschnitten ist, als jüngeres durch. Sehen Sie ab und zu wieder nach, im selben Browser, oder speichern Sie den Prüfpunkt wie unten.
verify-not-page = Diese Seite selbst kommt vom Anbieter. Wenn Sie sich darauf nicht verlassen möchten, nehmen Sie den Befehl.
verify-own = Dasselbe auf Ihrem eigenen Rechner
verify-own-means = Es ist ein anderes Programm als diese Seite, getrennt von ihr geschrieben. Der Teil nach <code>--vkey</code> ist der Schlüssel Ihres Protokolls: Vergleichen Sie ihn mit dem, den Sie bekamen, als Ihre Organisation eingerichtet wurde.

# Was das Skript der Seite sagt, während es prüft, und danach.
verify-checking = Wird geprüft …
verify-reads = Ihr Browser liest das Protokoll.
verify-read = {$entries}, davon {$checked} gelesen
verify-first-look = Dieser Browser sieht zum ersten Mal nach. Was er fand, bleibt hier gespeichert, und beim nächsten Mal muss es von da aus weitergehen.
verify-sound = ✓ Es fehlt nichts, und nichts wurde geändert.
verify-sound-means = Ihr Browser hat alle {$entries} gelesen und nachgerechnet, dass sie sind, was unterschrieben wurde.
verify-not-kept = Dieser Browser speichert nichts; darum kann es beim nächsten Mal nicht von hier aus weitergehen. Speichern Sie stattdessen den Prüfpunkt.
verify-other-log = Dieser Browser hat früher ein anderes Protokoll geprüft ({$logs}). Wenn das das Ihrer Organisation war, fragen Sie den Anbieter, warum es nicht dasselbe ist.
verify-unsound = ✕ Mit diesem Protokoll stimmt etwas nicht.
verify-alarm = Löschen Sie die Daten dieses Browsers nicht. Führen Sie den Befehl unten auf Ihrem eigenen Rechner aus, und fragen Sie den Trust Desk des Anbieters am Telefon, was geschehen ist.
verify-evidence = Was aufzuheben und denen zu zeigen ist, die es klären
verify-evidence-now = Jetzt:
verify-unchecked = Es konnte nicht geprüft werden.
verify-unchecked-means = Das sagt nichts über Ihr Protokoll. Versuchen Sie es noch einmal, oder nehmen Sie den Befehl unten.
verify-no-log = Für Sie gibt es kein solches Protokoll; sind Sie noch angemeldet?
verify-answered = Der Server antwortete {$status}.
verify-count-entries = { $form ->
    [one] {$count} Eintrag
   *[other] {$count} Einträge
}
verify-count-visits = { $form ->
    [one] {$count} Besuch
   *[other] {$count} Besuche
}
verify-count-people = { $form ->
    [one] {$count} Person
   *[other] {$count} Personen
}
verify-count-requests = { $form ->
    [one] {$count} Zugriff
   *[other] {$count} Zugriffe
}

# Zahlen: wie sie heißen, und was dazu zu sagen ist.
verify-row-entries = Einträge
verify-row-visits = Besuche
verify-row-refused = Abgewiesen
verify-row-setting = Support-Zugriff
verify-row-tokens = Token
verify-row-calls = Rückrufe
verify-row-freeze = Eingefroren
verify-row-since = Seit Sie zuletzt nachsahen
verify-row-signer = Unterschrieben von
verify-told-between = {$entries}, von {$first} bis {$last}
verify-told-no-visit = bisher keine
verify-told-visits = {$visits}, {$people}, {$requests}
verify-told-open = { $form ->
    [one] {$count} Besuch ist nicht vorbei
   *[other] {$count} Besuche sind nicht vorbei
}
verify-told-attempts = { $form ->
    [one] {$count} Versuch
   *[other] {$count} Versuche
}
verify-told-nothing = nichts
verify-told-no-change = von Anfang an freigegeben; niemand hat das geändert
verify-told-changes = { $form ->
    [one] {$count} Änderung:
   *[other] {$count} Änderungen:
}
verify-told-last-changes = {$count} Änderungen, die letzten davon:
verify-told-enabled = freigegeben {$when} (Eintrag {$entry})
verify-told-disabled = gesperrt {$when} (Eintrag {$entry})
verify-told-tokens = {$made} erstellt, {$revoked} widerrufen
verify-told-calls = {$heard} mit Wörtern, {$without} ohne
verify-told-frozen = der Anbieter hält seit {$when} alle heraus
verify-told-first-look = dieser Browser sah zum ersten Mal nach
verify-told-since = {$when}: damals {$entries}; {$added}
verify-told-nothing-added = nichts kam hinzu
verify-told-added = { $form ->
    [one] {$count} kam hinzu
   *[other] {$count} kamen hinzu
}

# Das Bild.
verify-picture-waiting = Die Einträge des Protokolls, noch nicht geprüft
verify-picture-signed = Was unterschrieben ist
verify-picture-entry = Eintrag {$entry}
verify-picture-entries = Einträge {$first} bis {$last}
verify-picture-sound = { $form ->
    [one] Der {$count} Eintrag wurde geprüft und ist, was unterschrieben wurde
   *[other] Alle {$count} Einträge wurden geprüft und sind, was unterschrieben wurde
}
verify-picture-unsound = Etwas stimmt nicht: {$why}
verify-picture-kept = hier, als Sie zuletzt nachsahen: {$count}
verify-picture-box = { $form ->
    [one] Jedes Kästchen ist ein Eintrag.
   *[other] Jedes Kästchen sind {$count} Einträge und zeigt den wichtigsten davon.
}
verify-picture-above = Darüber steht, was Ihr Browser daraus errechnet hat, bis hinauf zu dem Einen, das unterschrieben ist.
verify-picture-setting = eine Änderung der Einstellung
verify-picture-refused = ein abgewiesener Versuch
verify-picture-visit = jemand war drinnen
verify-picture-other = alles andere, etwa Schritte von Anträgen

# Worauf ein Eintrag verweist.
verify-thing-visit = Besuch
verify-thing-request = Antrag
verify-thing-change = Änderung der Sicherheitskontakte
verify-thing-freeze = Einfrieren
verify-thing-token = Token
verify-thing-doubt = Zweifel
verify-thing-passkey = Passkey

# Warum es nicht angesehen werden konnte.
verify-fault-unreadable = Die Datei <code>{$path}</code> lässt sich nicht lesen. {$why}
verify-fault-too-many = Das Protokoll hat {$size} Einträge; ein Browser prüft höchstens {$most}, der Befehl prüft sie alle.
verify-fault-browser-too-old = Dieser Browser kann Unterschriften von der Art des Protokolls (Ed25519) nicht prüfen.
verify-fault-browser-not-secure = Browser prüfen Unterschriften nur auf Seiten, die über https geladen wurden.
verify-fault-no-key = Der Schlüssel des Protokolls ist keiner, mit dem sich prüfen lässt.
verify-fault-broke-off = Das Prüfen brach ab: <span lang="en">{$why}</span>

# Was mit den Dateien des Protokolls nicht stimmt.
verify-checkpoint-now = Der Prüfpunkt
verify-checkpoint-earlier = Der Prüfpunkt, der hier von früher gespeichert ist,
verify-fault-server-another-key = Der Server nennt einen anderen Schlüssel für Ihr Protokoll als zuletzt: {$when}.
verify-fault-server-another-log = Was der Server als Ihr Protokoll herausgab, <code>{$wanted}</code>, ist als ein anderes unterschrieben, <code>{$found}</code>.
verify-fault-missing = Die Datei <code>{$path}</code> fehlt.
verify-fault-file-too-long = Die Datei <code>{$path}</code> ist länger, als eine sein kann.
verify-fault-ends-within = Die Datei <code>{$path}</code> endet mitten in ihrem Eintrag an Stelle {$position}.
verify-fault-ends-late = Die Datei <code>{$path}</code> geht nach ihrem letzten Eintrag weiter.
verify-fault-file-length = Die Datei <code>{$path}</code> hat {$bytes} Bytes, nicht {$wanted}.
verify-fault-unfit = Eintrag {$entry} passt nicht zu dem, was in <code>{$path}</code> für ihn steht: Eines von beiden wurde geändert.
verify-fault-file-unfit = <code>{$file}</code> passt nicht zu dem, was in <code>{$path}</code> dafür steht: Eines von beiden wurde geändert.
verify-fault-not-signed = Die Einträge sind nicht die, die der Prüfpunkt unterschreibt.
verify-fault-older = Das Protokoll hat {$size} Einträge, hatte aber früher {$before}: Das ist eine ältere Kopie, oder es wurden Einträge weggenommen.
verify-fault-rewritten = Die ersten {$before} Einträge sind nicht die, die der Prüfpunkt von früher unterschreibt: Das Protokoll wurde neu geschrieben.
verify-fault-empty = Das Protokoll hat keine Einträge, nicht einmal den, der es eröffnet.
verify-fault-no-note = {$checkpoint} ist keine unterschriebene Notiz.
verify-fault-changed-note = {$checkpoint} wurde nach dem Unterschreiben geändert: Die Unterschrift passt nicht.
verify-fault-another-key = {$checkpoint} ist nicht mit dem Schlüssel von <code>{$name}</code> unterschrieben.
verify-fault-another-log = {$checkpoint} gehört zu einem anderen Protokoll, <code>{$name}</code>.
verify-fault-not-three-lines = {$checkpoint} hat nicht die drei Zeilen eines Prüfpunkts.

# Was mit einem Eintrag nicht stimmt.
verify-fault-too-long = Eintrag {$entry} ist länger als {$most} Bytes.
verify-fault-not-an-entry = Eintrag {$entry} ist nicht geschrieben, wie Einträge es sind: Er lässt sich nicht lesen, oder auf mehr als eine Art.
verify-fault-version = Eintrag {$entry} ist von Version {$version}; bekannt ist nur 1.
verify-fault-kind = Eintrag {$entry} ist von einer Art, die nicht bekannt ist.
verify-fault-not-opened = Eintrag {$entry} ist der erste, aber kein <code>log.open</code>.
verify-fault-opened-again = Eintrag {$entry} ist ein zweites <code>log.open</code>.
verify-fault-no-such-time = Eintrag {$entry} hat eine Zeit, die kein Kalender hat.
verify-fault-time-goes-back = Eintrag {$entry} ist früher als der Eintrag davor.
verify-fault-same-id = Eintrag {$entry} hat dieselbe Kennung wie Eintrag {$other}.
verify-fault-epoch = Eintrag {$entry} gehört zu Änderung {$epoch} der Einstellung, steht aber nach Änderung {$after}.
verify-fault-ends-nothing = Eintrag {$entry} ist <code>{$kind}</code>, was keine Zugriffe beendet, tut es aber.
verify-fault-refers-not = Eintrag {$entry} ist <code>{$kind}</code>, sagt aber nicht, worum es geht ({$thing}).
verify-fault-refers-all-the-same = Eintrag {$entry} ist <code>{$kind}</code>, was auf keinen Eintrag verweist, verweist aber auf Eintrag {$other}.
verify-fault-refers-to-another = Eintrag {$entry} verweist auf Eintrag {$other}, der etwas anderes ist als erwartet ({$thing}).
verify-fault-another-person = Eintrag {$entry} ist ein Zugriff unter dem Besuch von Eintrag {$visit}, aber von jemand anderem.
verify-fault-visit-before-change = Eintrag {$entry} ist ein Zugriff unter dem Besuch von Eintrag {$visit}, der begann, bevor sich der Support-Zugriff änderte.
verify-fault-visit-before-freeze = Eintrag {$entry} ist ein Zugriff unter dem Besuch von Eintrag {$visit}, der begann, bevor alle herausgehalten wurden.
verify-fault-visit-over = Eintrag {$entry} verweist auf den Besuch von Eintrag {$visit}, der vorbei ist.
verify-fault-ends-another = Eintrag {$entry} beendet Eintrag {$other}, der kein offener Zugriff des Besuchs von Eintrag {$visit} ist.
verify-fault-closes-too-early = Eintrag {$entry} schließt den Besuch von Eintrag {$visit}, dessen Zugriff von Eintrag {$other} nicht geendet hat.
verify-fault-while-disabled = Eintrag {$entry} ist <code>{$kind}</code>, aber der Support-Zugriff wurde durch Eintrag {$other} gesperrt.
verify-fault-while-frozen = Eintrag {$entry} ist <code>{$kind}</code>, aber seit Eintrag {$other} werden alle herausgehalten.
verify-fault-disabled-already = Eintrag {$entry} sperrt den Support-Zugriff, der schon gesperrt ist.
verify-fault-enabled-already = Eintrag {$entry} gibt den Support-Zugriff frei, der schon freigegeben ist.
verify-fault-used-before = Eintrag {$entry} gibt den Support-Zugriff auf den Antrag von Eintrag {$request} hin frei, der schon verwendet wurde.
verify-fault-too-few-approved = Eintrag {$entry} gibt den Support-Zugriff auf den Antrag von Eintrag {$request} hin frei, dem {$people} Personen zustimmten, nicht {$wanted}.
verify-fault-nothing-to-confirm = Eintrag {$entry} bestätigt eine Sperre, aber es gibt keine zu bestätigen.
verify-fault-without-review = Eintrag {$entry} beruht auf dem Antrag von Eintrag {$request}, der noch nicht geprüft ist.
verify-fault-without-call-back = Eintrag {$entry} beruht auf dem Antrag von Eintrag {$request}, zu dem es noch keine Unterschrift und keinen Rückruf gibt.
verify-fault-without-form = Eintrag {$entry} beruht auf dem Antrag von Eintrag {$request}, zu dem es noch kein Formular gibt.
verify-fault-without-returned-form = Eintrag {$entry} beruht auf dem Antrag von Eintrag {$request}, zu dem noch kein Formular zurückkam.
verify-fault-without-second-finding = Eintrag {$entry} beruht auf dem Antrag von Eintrag {$request}, zu dem es noch keine zweite Feststellung gibt.
verify-fault-without-approval = Eintrag {$entry} beruht auf dem Antrag von Eintrag {$request}, zu dem es noch keine Zustimmung gibt.
verify-fault-without-change = Eintrag {$entry} beruht auf dem Antrag von Eintrag {$request}, zu dem es noch keine Änderung der Einstellung gibt.
verify-fault-announced-too-early = Eintrag {$entry} kündigt den Antrag von Eintrag {$request} an, der nicht ausgeführt wurde.
verify-fault-announced-again = Eintrag {$entry} kündigt den Antrag von Eintrag {$request} ein zweites Mal an.
verify-fault-approved-again = Eintrag {$entry} stimmt dem Antrag von Eintrag {$request} ein zweites Mal zu, durch dieselbe Person.
verify-fault-goes-on = Eintrag {$entry} macht mit etwas weiter ({$thing}, Eintrag {$other}), das vorbei ist.
verify-fault-too-few-agreed = Eintrag {$entry} vollzieht die Änderung der Sicherheitskontakte von Eintrag {$change}, der {$people} Personen zustimmten, nicht 2.
verify-fault-lift-wanted-again = Eintrag {$entry} will das Einfrieren von Eintrag {$freeze} ein zweites Mal aufgehoben haben, durch dieselbe Person.
verify-fault-too-few-lift = Eintrag {$entry} hebt das Einfrieren von Eintrag {$freeze} auf, was {$people} Personen wollten, nicht 2.
verify-fault-revoked-again = Eintrag {$entry} widerruft das Token von Eintrag {$token} ein zweites Mal.
verify-fault-answered-again = Eintrag {$entry} beantwortet den Zweifel von Eintrag {$doubt} ein zweites Mal.
verify-fault-removed-again = Eintrag {$entry} entfernt den Passkey von Eintrag {$passkey} ein zweites Mal.
