# Ein Antrag, wie ihn beide Seiten sehen: sein Weg, und alles, was geschehen ist.
request-next = <strong>Als Nächstes:</strong> {$next}
request-history = Was geschehen ist
request-history-when = Wann
request-history-what = Was
request-history-entry = Eintrag
request-history-read = Lesen
request-history-note = Jede Zeile ist ein Eintrag im Protokoll der Organisation. Auch das Lesen dessen, worauf eine Zeile beruht, ist einer.
request-connections = { $number ->
    [one] {$number} Verbindung
   *[other] {$number} Verbindungen
  }

request-invited = {$who} hat auf die Einladung nicht geantwortet
request-accepted = {$who} hat am {$when} zugesagt
request-tentative = {$who} hat am {$when} vorläufig zugesagt
request-declined = {$who} hat am {$when} abgesagt
request-accepted-earlier = {$who} hat auf die jetzige Einladung nicht geantwortet; einer früheren wurde am {$when} zugesagt
request-tentative-earlier = {$who} hat auf die jetzige Einladung nicht geantwortet; einer früheren wurde am {$when} vorläufig zugesagt
request-declined-earlier = {$who} hat auf die jetzige Einladung nicht geantwortet; einer früheren wurde am {$when} abgesagt
request-answered = {$answer}.
request-answered-proposes = {$answer} und schlägt eine andere Zeit vor: {$start}.

station-received = Eingegangen
station-received-signed = Eingegangen, unterschrieben
station-reviewed = Geprüft
station-form = Formular und Gespräch
station-found = Zwei Feststellungen
station-returned = Formular zurück
station-called = Rückruf
station-approved = Zugestimmt
station-announced = In Kraft und mitgeteilt

told-time = Der Zeitablauf
told-nobody = niemand Bekanntem
told-received = Eingegangen: {$source}, von {$from}.
told-taken-up = {$who} hat ihn übernommen.
told-reviewed = {$who} hat ihn geprüft; er geht weiter.
told-asked = {$who} hat nach dem gefragt, was fehlt.
told-by = {$who} {$what}.
told-late = {$what} Das antwortet auf eine frühere Einladung.
told-accepted = hat für das Gespräch zugesagt
told-tentative = hat für das Gespräch vorläufig zugesagt
told-declined = hat für das Gespräch abgesagt
told-asked-again = hat die Einladung noch einmal verlangt
told-proposed = hat eine andere Zeit vorgeschlagen: {$start}
told-answered-proposed = {$answered} und eine andere Zeit vorgeschlagen: {$start}
told-joined = Eine weitere Nachricht kam dazu.
told-form-sent = {$who} hat das Formular geschickt, Textfassung {$version}.
told-meeting-kept = {$who} hat die vorgeschlagene Zeit abgelehnt; das Gespräch bleibt.
told-meeting-off = {$who} hat das Gespräch abgesagt.
told-meeting = {$who} hat das Gespräch angesetzt: {$start}.
told-identity = {$who} hat festgestellt: das ist der Sicherheitskontakt der Organisation.
told-no-identity = {$who} hat festgestellt: das ist nicht der Sicherheitskontakt der Organisation.
told-understanding = {$who} hat festgestellt: was im Formular steht, ist verstanden.
told-no-understanding = {$who} hat festgestellt: was im Formular steht, ist nicht verstanden.
told-returned = {$who} hat das Formular zurückgegeben: {$strength}.
told-matched = {$who} hat das zurückgegebene Formular angenommen.
told-not-matched = {$who} hat das zurückgegebene Formular nicht angenommen.
told-called = {$who} hat {$contact} unter der hinterlegten Nummer angerufen; der Antrag wurde bestätigt. Ob mit Wörtern, ist nicht gesagt.
told-called-with = {$who} hat {$contact} unter der hinterlegten Nummer angerufen; der Antrag wurde mit den Wörtern des Anrufs bestätigt.
told-called-without = {$who} hat {$contact} unter der hinterlegten Nummer angerufen; der Antrag wurde ohne Wörter bestätigt: {$why}.
told-not-reached = {$who} hat {$contact} unter der hinterlegten Nummer angerufen und nicht erreicht.
told-denied = {$who} hat {$contact} unter der hinterlegten Nummer angerufen; der Antrag wurde nicht bestätigt.
told-wrong-words = {$what} { $number ->
    [one] Einmal waren andere Wörter zu hören.
   *[other] {$number}-mal waren andere Wörter zu hören.
  }
without-cannot-sign-in = der Kontakt konnte sich nicht anmelden
without-no-screen = der Kontakt hatte nichts zur Hand, um sich anzumelden
without-portal-away = das Portal hat sie nicht gezeigt
without-other = ein anderer Grund, der in der Notiz steht
called-with = Zurückgerufen mit Wörtern: {$who}, {$when}.
called-without = Zurückgerufen ohne Wörter ({$why}): {$who}, {$when}.
called-unsaid = Zurückgerufen: {$who}, {$when}. Ob mit Wörtern, ist nicht gesagt.
told-approved = {$who} hat mit Unterschrift zugestimmt.
told-processed = Überall in Kraft; {$reset} getrennt.
told-announced = Jeder Sicherheitskontakt kann die Bestätigung lesen.
told-reminded = Eine Erinnerung: er wartet.
told-refused = {$who} hat ihn abgelehnt.
told-withdrawn = {$who} hat ihn zurückgezogen.
told-vetoed = {$who} hat widersprochen.
told-expired = Er ist verfallen: 14 Tage lang war nichts geschehen.
told-superseded = Er ist überholt: über die Einstellung wurde neu entschieden.

source-unauthenticated = eine Nachricht, die jeder geschrieben haben kann
source-mail = eine E-Mail, die die Domain des Kontakts unterschrieben hat
source-signed-in = eine Nachricht eines angemeldeten Kontakts
source-signed = vom Kontakt unterschrieben

strength-unchanged = das Formular selbst, ohne eine Unterschrift darin
strength-signed = das Formular selbst, mit einer digitalen Unterschrift über alles
strength-appended = das Formular selbst, mit Zusätzen, die keine Unterschrift umfasst
strength-passkey = das Formular selbst, mit einem Passkey unterschrieben
strength-picture = ein Bild
strength-other = ein anderes PDF, mit dem Auge zu vergleichen

at-received = Eingegangen
at-under-review = In Prüfung
at-incomplete = Etwas fehlt
at-form-sent = Formular geschickt, Gespräch angesetzt
at-found = Beide Feststellungen getroffen
at-returned = Formular zurück und zugeordnet
at-called = Telefonisch bestätigt
at-approved = Zugestimmt
at-processed = In Kraft
at-announced = In Kraft und mitgeteilt
at-refused = Abgelehnt
at-withdrawn = Zurückgezogen
at-vetoed = Widersprochen
at-expired = Verfallen
at-superseded = Überholt
