# Passkeys: mit einem Link registriert, zum Anmelden und zum Unterschreiben des Formulars, aufgelistet und entfernt.
passkeys-elsewhere = Passkeys gelten nur unter <a href="{$origin}">{$origin}</a>; öffnen Sie diese Seite dort.
passkeys-no-name = Passkeys brauchen eine https-Adresse mit einem Namen, und die hat dieser Server nicht.
passkeys-script = Passkeys brauchen ein Skript.
passkeys-not-used = Es ist nichts geschehen: kein Passkey wurde benutzt, oder es hat zu lange gedauert.
passkeys-known = Dieses Gerät hat schon einen Passkey für diese Seite.
passkeys-unable = Dieser Browser hat hier keine Passkeys.
passkeys-failed = Es ist nichts geschehen: <span lang="en">{$why}</span>
passkeys-call-it = Wie er heißen soll, etwa nach dem Gerät, auf dem er ist
passkeys-register = Registrieren
passkeys-back = Zurück

sign-in-title = Anmelden
sign-in-lead = Für Sicherheitskontakte und die zuständige Stelle von {$vendor}. Ihr Browser fragt, welcher Passkey; sonst wird nichts gefragt.
sign-in-passkey = Mit einem Passkey anmelden
sign-in-without = Ohne Passkey
sign-in-link = Öffnen Sie den Anmeldelink, den Sie von {$vendor} bekommen haben. Ein Link gilt einmal; bitten Sie um einen neuen, wenn Ihrer benutzt ist.

enrol-title = Passkey registrieren
enrol-for = Einen Passkey für {$person} registrieren
enrol-not-you = Wenn Sie nicht {$person} sind, schließen Sie diese Seite, und sagen Sie {$vendor}, dass der Link bei Ihnen angekommen ist.
enrol-what-for = Mit dem Passkey melden Sie sich an. Ein Sicherheitskontakt unterschreibt damit auch die Formulare von Anträgen, die ab jetzt gestellt werden. Er bleibt auf Ihrem Gerät oder bei dessen Anbieter; {$vendor} bewahrt nur seine öffentliche Hälfte auf.
enrol-done = Passkey registriert
enrol-done-name = Der Passkey „{$name}“ ist registriert
enrol-told = Angemeldet ist damit niemand. Alle Sicherheitskontakte einer Organisation erfahren davon.
enrol-sign-in = Damit anmelden

passkeys-title = Passkeys
passkeys-lead = Mit einem Passkey melden Sie sich an. Ein Sicherheitskontakt unterschreibt damit auch Formulare: die von Anträgen, die nach seiner Registrierung gestellt wurden. Sobald Ihr eigener Schlüssel es sagt, entscheiden Sie auch damit.
passkeys-yours = Ihre
passkeys-none = Keiner.
passkeys-have-two = Haben Sie einen zweiten, auf einem anderen Gerät: mit nur einem führt ein verlorenes Gerät über die zuständige Stelle des Anbieters.
passkeys-first = Für den ersten bekommen Sie vom Anbieter einen Link.
passkeys-enough = Es gibt schon {$number}; entfernen Sie einen, um einen anderen hinzuzufügen.
passkeys-add = Einen weiteren hinzufügen
passkeys-vouch = Einer, den Sie haben, muss dafür bürgen.
passkeys-another = Ein weiterer Passkey
passkeys-make = Sie haben gezeigt, dass Sie es sind. Erzeugen Sie nun den neuen, auf dem Gerät, auf dem er sein soll.
passkeys-column = Passkey
passkeys-registered = Registriert
passkeys-kept = Aufbewahrt
passkeys-used = Zuletzt benutzt
passkeys-act = Was zu tun ist
passkeys-remove = Entfernen
passkeys-by-link = {$at}, mit einem Link des Anbieters
passkeys-by-passkey = {$at}, mit Hilfe eines anderen
passkeys-one-device = auf einem Gerät
passkeys-may-be-copied = kann von seinem Anbieter kopiert werden
passkeys-copied = von seinem Anbieter kopiert
passkeys-used-at = {$at}
passkeys-never = nie

sign-form-title = Das Formular zu {$number} unterschreiben
sign-form-read = Lesen Sie zuerst das Formular. Das Fenster Ihres Passkeys zeigt es nicht: Sie unterschreiben die Zeile unten, die das Formular mit dem SHA-256 seiner Bytes nennt.
sign-form-download = Formular herunterladen
sign-form-sha256 = Sein SHA-256:
sign-form-what = Was Sie unterschreiben
sign-form-sign = Mit einem Passkey unterschreiben
sign-form-within = Innerhalb von fünf Minuten. Damit ist das Formular zurückgegeben; entschieden ist dadurch allein nichts.
sign-form-script = Passkeys brauchen ein Skript. Ohne geben Sie das Formular als Datei zurück.
sign-form-here = Mit einem Passkey unterschreiben
sign-form-none = Ein <a href="/passkeys">Passkey</a> unterschreibt die Formulare von Anträgen, die nach seiner Registrierung gestellt wurden; keiner von Ihren unterschreibt dieses hier.

enrol-link-for = Passkey-Link für {$who}
enrol-link-is = Er gilt einmal, innerhalb von 24 Stunden, und ein neuerer tritt an seine Stelle. Übergeben Sie ihn persönlich oder über eine hinterlegte Nummer, die Sie selbst angerufen haben: wer ihn zuerst öffnet, hat einen Passkey dieser Person. Alle Sicherheitskontakte der Organisation erfahren davon.
enrol-link-make = Passkey-Link erstellen
enrol-link-what-for = Mit einem Passkey-Link registriert ein Sicherheitskontakt oder eine andere Person vom Trust Desk einen Passkey. <a href="/passkeys">Ihre eigenen Passkeys</a>
enrol-link-make-for = Passkey-Link für {$who} erstellen
enrol-none-yet = Kein Passkey.

# Mit einem Passkey entscheiden.
passkeys-decide = Mit einem Passkey entscheiden
passkeys-decide-lead = Ihr eigener Schlüssel unterschreibt einmal, dass ein Passkey an seiner Stelle unterschreibt. Von da an fragt der Browser bei jeder Entscheidung nach dem Passkey, und die Schlüsseldatei kann an ihrem sicheren Ort bleiben. Niemand kann das für Sie tun, auch nicht, wer den Link für den Passkey erstellt hat.
passkeys-decide-no-key = Ein Passkey entscheidet anstelle Ihres eigenen Schlüssels, und von Ihnen ist keiner hinterlegt.
passkeys-decides = {$name} unterschreibt anstelle Ihres Schlüssels.
passkeys-decide-open = {$name} anstelle Ihres Schlüssels unterschreiben lassen
passkeys-decide-sign = Mit meinem Schlüssel unterschreiben
key-ready = Ihr Schlüssel liegt in diesem Browser bereit.
key-remove = Aus diesem Browser entfernen
key-choose = Um hier zu unterschreiben, wählen Sie Ihre Schlüsseldatei (von <code>byleave keygen</code>). Sie bleibt in diesem Browser.
key-passkey = Sie unterschreiben mit einem Passkey. Der Browser fragt jedes Mal danach.
key-instead = Mit dem Schlüssel selbst unterschreiben
key-passkey-instead = Mit einem Passkey unterschreiben

# Der Passkey, nach dem am Trust Desk vor einer Entscheidung gefragt wird.
step-up-title = Zeigen Sie, dass Sie es sind
step-up-decides = Was Sie gesendet haben, entscheidet etwas. Es geschieht, sobald Ihr Passkey geantwortet hat. Bis jetzt ist nichts geschehen, und nichts ist verloren.
step-up-file = Es ist nichts geschehen, und die Datei wurde nicht aufbewahrt. Zeigen Sie mit Ihrem Passkey, dass Sie es sind; <strong>wählen Sie die Datei dann noch einmal</strong>.
step-up-first = Bevor Sie etwas entscheiden, zeigen Sie mit Ihrem Passkey, dass Sie es sind.
step-up-not-taken = Es ist nichts geschehen: die Antwort des Passkeys gilt nicht. Die Seite war länger als fünf Minuten offen, eine andere Ihrer Seiten hat seither gefragt, oder es ist keiner Ihrer Passkeys. Versuchen Sie es noch einmal.
step-up-held = Was Sie geschrieben haben, ist noch da:
step-up-do = Meinen Passkey benutzen
step-up-do-and = Meinen Passkey benutzen und ausführen
step-up-no = Zurück, ohne es zu tun
step-up-then = Danach entscheiden Sie in diesem Browser zehn Minuten lang, ohne gefragt zu werden. Wer nur ansieht, wird nie gefragt.
step-up-script = Ein Passkey braucht ein Skript, und dieser Browser führt hier keines aus. Es ist nichts geschehen. Lassen Sie auf dieser Seite Skripte zu und senden Sie noch einmal, oder entscheiden Sie in der Befehlszeile, wo Ihr Token an die Stelle des Passkeys tritt: <code>byleave --help</code> nennt die Befehle.
step-up-nudge = Solange Sie keinen Passkey haben, entscheidet in Ihrem Namen, wer Ihre Sitzung übernimmt. Einen Link dafür erstellt eine andere Person vom Trust Desk, unter Anbieter. <a href="/passkeys">Passkeys</a>
step-up-asked = Sie sehen sich um. Bevor Sie etwas entscheiden, wird nach Ihrem Passkey gefragt. <a href="/desk/step-up">Jetzt zeigen</a>
step-up-until = Ihr Passkey hat geantwortet: Sie entscheiden in diesem Browser bis {$when}.
step-up-file-first = Bevor die Datei angenommen wird, wird nach Ihrem Passkey gefragt, und die Datei ist dann noch einmal zu wählen. <a href="/desk/step-up">Zuerst zeigen</a>
step-up-none = Sie haben keinen Passkey mehr, der gilt; darum wird hier nichts in Ihrem Namen entschieden. Eine andere Person vom Trust Desk erstellt Ihnen, unter Anbieter, einen Link für einen neuen; er gilt 24 Stunden, nachdem Sie ihn registriert haben.
step-up-waits = Ihr Passkey wurde mit einem Link registriert und gilt ab {$when}, damit niemand mit einem Link allein zu Ihnen wird. Bis dahin wird hier nichts in Ihrem Namen entschieden.
desk-passkey-waits = Für {$who} wurde mit einem Link ein Passkey registriert: „{$name}“. Ab {$when} entscheidet er in deren Namen. Weiß {$who} nichts davon, entfernen Sie ihn.
