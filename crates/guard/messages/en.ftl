# The messages of Ringfence in English, in the syntax of Project Fluent. Every language has the same keys and variables; a test compares.

# A text of the operator or of an extension, in the reader's language already.
as-written = { $text }

## Why a new password is refused (guard::password::policy)

policy-empty = Enter a password.
policy-too-long = Use at most { $max } characters.
policy-too-short = Use at least { $min } characters (this has { $has }).
policy-lacks-uppercase = Use at least one capital letter.
policy-lacks-lowercase = Use at least one small letter.
policy-lacks-number = Use at least one digit.
policy-lacks-symbol = Use at least one character that is neither a letter nor a digit, such as a blank.
policy-pattern = This password does not have the form that is asked for here.
policy-pattern-broken = No password can be set now, because the rule for its form cannot be read. Please tell your administrator.
policy-listed = This password is in a list of those that are guessed first.
policy-listed-bare = These digits and signs come in an order that is easy to guess. Use more letters, or a less regular order.
policy-list-unreadable = No password can be set now, because the list of forbidden ones cannot be read. Please tell your administrator.
policy-has-username = Leave out your user name.
policy-has-email = Leave out your e-mail address.
policy-has-product = Leave out the name of this program.
policy-has-name = Leave out the names of sites and organisations.
policy-current = This is your present password. Choose another one.
policy-former =
    { $count ->
        [one] This is the password that you had before. Choose another one.
       *[other] This is one of the last { $count } passwords that you had before. Choose another one.
    }
policy-former-unknown = The password could not be compared with those that you had before. Please try again.
policy-weak = This password is too easy to guess.
policy-strength-unknown = It could not be judged how easy this password is to guess. Choose another one.

## How hard a password is to guess (guard::password::policy::strength)

strength-0 = Very weak
strength-1 = Weak
strength-2 = Fair
strength-3 = Good
strength-4 = Strong

strength-warns-rows = Neighbouring keys in a row are among the first guesses.
strength-warns-keyboard = Short patterns on the keyboard are among the first guesses.
strength-warns-repeat = The same character over and over is quickly guessed.
strength-warns-repeats = Repeating a short piece hardly makes it harder to guess.
strength-warns-top-10 = Hardly any password is used more often.
strength-warns-top-100 = This is one of the hundred most used passwords.
strength-warns-common = Many people use this password.
strength-warns-similar = This is close to a password that many people use.
strength-warns-sequence = Letters or digits in their usual order are quickly guessed.
strength-warns-year = Years of the recent past are quickly guessed.
strength-warns-word = A single word is quickly guessed.
strength-warns-date = Dates are quickly guessed.
strength-warns-name-alone = A name with nothing else is quickly guessed.
strength-warns-name = Widespread names are quickly guessed.

strength-advises-words = Take several words that do not belong together.
strength-advises-no-need = It needs no digits, signs or capital letters.
strength-advises-more-words = Add one or two words, rare ones if possible.
strength-advises-capitals = A capital letter at the beginning helps little.
strength-advises-all-capitals = Writing everything in capitals helps little.
strength-advises-reversed = Writing a word backwards helps little.
strength-advises-substitution = Digits and signs in the place of letters help little.
strength-advises-keyboard = Make the way over the keyboard longer, with more turns.
strength-advises-no-repeat = Do not repeat words or characters.
strength-advises-no-sequence = Leave out characters in their usual order.
strength-advises-no-year = Leave out years of the recent past.
strength-advises-no-own-year = Leave out years that have to do with you.
strength-advises-no-own-date = Leave out dates and years that have to do with you.

## New passwords, in words before one is typed

rule-length = At least { $min } characters. A few words are better than a few symbols.
rule-uppercase = A capital letter.
rule-lowercase = A small letter.
rule-number = A digit.
rule-symbol = A character that is neither letter nor digit.
rule-pattern = The form that your administrator asks for.
rule-history =
    { $count ->
        [one] Not the password that you had before.
       *[other] None of the last { $count } passwords that you had before.
    }
rule-strong = Not easy to guess.

## What every page says

nav-home = Home
nav-subnets = Subnets
nav-vlans = VLANs
nav-vrfs = VRFs
nav-sites = Sites
nav-tags = Tags
nav-import = Import
nav-audit = Audit
nav-security = Security
nav-users = Users
nav-settings = Settings
nav-keys = API keys
nav-account = Your account
nav-main = Main
nav-menu = Menu
nav-skip = Skip to the content
nav-search = Search the address plan
nav-search-hint = Address, prefix, name, MAC, owner, tag
nav-logout = Log out
nav-colours = Colours
nav-language = Language
theme-light = Light
theme-dark = Dark
theme-system = System
word-done = Done
word-note = Note
word-warning = Warning
word-failed = Failed
word-cancel = Cancel
word-continue = Continue
word-save = Save
word-never = never
word-reason = Reason
word-show = Show
form-correct = Please correct:
form-stale = Somebody changed it meanwhile. What stands there now is below; your entries are kept.
reason-empty = Say why: the audit trail keeps it.
reason-hint = The audit trail keeps it.
banner-given = Your password was chosen by somebody else. Set one that only you know.
banner-set = Set a new password

## Errors

error-number = Error { $status }
error-request = Request
error-title-400 = This request could not be understood
error-title-403 = This is not open to you
error-title-404 = There is nothing here
error-title-409 = Something stands in the way
error-title-412 = Somebody was faster
error-title-413 = This is too large
error-title-421 = This server does not answer under that name
error-title-429 = Too many requests
error-title-503 = Not right now
error-title-500 = Something broke on our side
error-advice-400 = Go back and try again; if it happens again, tell your admin.
error-advice-403 = Your role does not allow it, or the page had been open too long. Go back, reload and try again; for more rights ask an admin.
error-advice-404 = It may have been deleted or moved. Search for it, or begin at the home page.
error-advice-409 = Look at what stands in the way, then try again.
error-advice-412 = The object was changed after you opened it. Open it again and repeat your change.
error-advice-413 = Split the file into smaller ones, or import it from the server’s command line.
error-advice-421 = Use the address your admin gave you. Admins: the setting is public_url in ringfence.toml.
error-advice-429 = Wait a little, then try again.
error-advice-503 = The server is busy or its database cannot be reached. Try again in a minute; nothing of yours was changed.
error-advice-500 = Nothing of yours was changed. Try again; if it happens again, tell your admin the number below.
error-stale = The page had been open too long. Load it again: what you typed comes back, but for passwords and files.
error-foreign = The request did not come from one of our own pages.
error-logged-out = You are not logged in any more. Log in again: what you typed comes back, but for passwords and files.
error-load-again = Load the page again
error-search = Search

## Logging in

login-title = Log in
login-name = Name
login-password = Password
login-button = Log in
login-proxy = Log in through the proxy
login-forgot = Forgot your password?
login-wrong = Name or password is wrong.
login-no-passwords = Passwords are not taken here.
login-proxy-unknown = You are logged in at the proxy, but not with a name that may log in here. Ask an admin for an account.
login-idle = Your session ended because it was not used. What you typed is kept, but for passwords and files.
login-wait-seconds = Too many attempts. Try again in { $count } seconds.
login-wait-minutes = Too many attempts. Try again in { $count } minutes.
login-wait-hours = Too many attempts. Try again in { $count } hours.
login-meanwhile = A browser that has logged in to the account before, an API key and single sign-on go on working meanwhile.
login-wait = Wait
login-link = Mail me a link for this browser
login-link-sent = If an account is called that and has an e-mail address, a link is on its way. Open it in this browser, then log in.
login-one-more = One more step
login-one-more-hint = Nothing was checked yet. Type the password again, answer what is asked below, and log in.
login-person = Prove that you are a person
login-picture = Five letters and digits. The recording below says the same.
login-sound = The same letters and digits, spoken in English
login-picture-label = What you see, or hear
login-picture-hint = Five letters and digits; capitals do not matter. Type the letter itself, not a word for it.
login-another = Another one
login-puzzle = Your browser solves a small puzzle. It takes about a second.
login-trap = Leave this empty
login-no-script = Your browser runs no scripts.
login-use-picture = Use a picture instead
browser-title = Make this browser known
browser-says = Then your account takes your password from it again, however often strangers fail. This does not log in.
browser-done = This browser is known now. Log in with your password.
link-over = This link was used or has expired. Ask for a new one.
link-no-mail = Links cannot be mailed here: mail is off, or public_url is not set. Show the link, and hand it over.
link-no-address = This account has no e-mail address. Show the link, and hand it over.

setup-title = Welcome. Make the first admin.
setup-once = This link works once. Others are added later, by you.
setup-over = This setup link was used or has expired. Print a new one with `ringfence setup`.
setup-name-hint = What you will log in with.
setup-email = E-mail
setup-email-empty = Enter an e-mail address.
setup-button = Make the admin and log in

forgot-title = Set a new password
forgot-says = A letter with a link goes to the e-mail address of the account. The link works once, for an hour.
forgot-name = Name or e-mail address
forgot-button = Mail me a link
forgot-sent = If there is such an account and it has an e-mail address, a letter is on its way. It may take a minute; look also where unwanted mail goes.
forgot-back = Back to the login

reset-title = Set your password
reset-for = For the account { $name }.
reset-button = Set the password
reset-done = Your password is set. Log in with it.
reset-new = New password

email-title = Confirm your address
email-says = The account that asked for it will use { $email } from now on.
email-button = Use this address
email-done = Your account uses the new address now.
email-empty = Enter an e-mail address.
email-same = This is the address that your account has already.
email-no-mail = No letter can be sent to a new address: mail is off, or public_url is not set. Ask an admin to change it.
email-taken = Another account uses this address already.
email-malformed = Enter an e-mail address, such as ada@example.org.
email-sent = A letter is on its way to { $email }. Your account uses that address once you have opened the link in it.

## One's own account

account-title = Your account
account-profile = Profile
account-password = Password
account-sessions = Sessions
profile-name = Name shown
profile-name-hint = Empty: your login name, { $name }.
profile-zone = Time zone
profile-zone-hint = Times are shown in it. Empty: { $zone }.
profile-language = Language
profile-language-browser = What the browser asks for
profile-theme = Colours
profile-saved = Saved.
profile-no-zone = There is no such time zone. Use a name such as Europe/Berlin.
profile-no-language = There is no such language here.
profile-email = E-mail address
profile-email-says = Letters about your account go to it, and with it you can set a new password.
profile-email-none = Your account has no address.
profile-email-verified = confirmed
profile-email-unverified = not confirmed
profile-email-pending = A letter went to { $email }. Until the link in it is opened, the present address stays.
profile-email-new = New address
profile-email-button = Send the letter
password-title = Password
password-current = Present password
password-new = New password
password-button = Change the password
password-ends = Your other sessions end, and browsers that were known to your account are strangers again.
password-must = Set a new password before you go on.
password-done = Your password is changed. Your other sessions have ended.
password-current-wrong = This is not your present password.
password-changed-meanwhile = The password was changed meanwhile. Load the page again.
password-elsewhere = Your account has no password here: you log in elsewhere. An admin can send you a link to set one.
sessions-title = Sessions
sessions-says = Wherever you are logged in. There can be ten at once; the oldest ends when another begins.
sessions-this = this one
sessions-browser = Browser
sessions-address = Address
sessions-began = Began
sessions-seen = Last used
sessions-end = End
sessions-end-others = End all others
sessions-ended = The session is ended.
sessions-gone = That session had ended already.
sessions-others-ended =
    { $count ->
        [0] There was no other session.
        [one] The other session is ended.
       *[other] { $count } other sessions are ended.
    }
sessions-unknown = unknown browser
idle-title = Are you still there?
idle-says = Your session ends in { $seconds } seconds because it is not used. What you have typed is kept, but for passwords and files.
idle-stay = Stay logged in
kept-back = What you had typed is back. Look at it, and send it again.

## Users

users-title = Users
users-new = New user
users-new-says = You choose no password for anybody: the new user gets a link, good for a day, and sets one.
users-name = Login name
users-email = E-mail
users-role = Role
users-state = State
users-last = Last login
users-link = Link
users-link-mail = Mail it
users-link-show = Show it to me
users-create = Make the user
users-created = { $name } is made, and the link is on its way.
users-fresh = The link for { $name }. It is shown once and works once, for a day: hand it over safely.
role-viewer = Viewer
role-operator = Operator
role-admin = Admin
role-viewer-says = Sees the whole address plan. Changes nothing.
role-operator-says = Keeps the address plan: subnets, addresses, VLANs, VRFs, sites, tags, imports. Sees the audit trail.
role-admin-says = Keeps the installation as well: users, settings, the fence, everybody’s API keys.
state-active = active
state-inactive = inactive
state-invited = has set no password
state-locked = locked until { $until }
expiry-never = Never
expiry-can = At the age that the settings say
expiry-forced = Now: at the next login
expiry-one-time = After one login
user-exists = There is a user of that name already.
user-name-email = Use a name without an @: the e-mail address is a field of its own.
user-facts = Facts
user-expiry = The password expires
user-since = Made
user-password-set = Password set
user-saved = Saved.
user-role-title = Role
user-role-button = Change the role
user-role-done = { $name } is { $role } now. Sessions of the account have ended.
user-active-title = Access
user-deactivate = Deactivate
user-deactivate-says = Whoever is inactive cannot log in; sessions, API keys and links stop working at once. Nothing is deleted.
user-deactivated = { $name } cannot log in any more. Sessions have ended, API keys do not work.
user-activate = Activate
user-activated = { $name } may log in again.
user-unlock-title = Lock
user-unlock-says = Too many attempts failed. Unlocking opens the account for every browser at once.
user-unlock = Unlock
user-unlocked = { $name } is open again.
user-not-locked = Nothing held { $name }.
user-sessions-title = Sessions
user-sessions-none = Not logged in anywhere.
user-sessions-button = End all sessions
user-sessions-done =
    { $count ->
        [0] There was no session to end.
        [one] One session is ended.
       *[other] { $count } sessions are ended.
    }
user-link-title = Set a password
user-link-says = A link with which the owner sets a password: good once, for a day. Earlier ones die.
user-link-mail = Mail a link
user-link-show = Show a link
user-link-mailed = A link is on its way to { $email }.
user-delete = Delete
user-delete-title = Delete { $name }
user-delete-says = The account goes, with its sessions, API keys, known browsers and links. What it did stays in the audit trail.
user-delete-instead = To keep somebody out for a while, deactivate the account instead.
user-delete-name = Type the login name: { $name }
user-type-name = Type the login name exactly: { $name }.
user-deleted = { $name } is deleted.
user-not-yourself = You cannot take your own rights away. Ask another admin.
user-last-admin = This is the last admin who can log in. Make another one first.
user-inactive-link = The account is inactive. Activate it first.
user-link-yourself = You cannot make a link to your own password. Change it under Your account.
user-email-yourself = Change your own address under Your account: there your password is asked for.
user-one-time-yourself = You cannot make your own password good for one login only.

## What the owner of an account is told at the next login

notice-failures = { $failures } failed attempts in a row came before this login.
notice-new-place = On { $at } your account was used from a new place: { $client }.
notice-browser-dropped = On { $at } a browser that was known to your account failed so often that it is a stranger now.
notice-rule = On { $at } a rule of the fence reported an attempt on your account from { $client }.
notice-other = Something unusual happened to your account on { $at }.
notice-crowded = You were logged in ten times already: the oldest session has ended.
notice-advice = Look at the audit trail, or ask an admin, if that was not you.

## Letters

mail-browser-subject = Make a browser known to { $site }
mail-browser-body =
    Hello { $name },

    somebody, probably you, wants to log in to { $site } with a browser that is not known to your account. While an account is closed because of failed attempts, only browsers that are known to it go on.

    Open this link in that browser, within an hour. It makes the browser known; it does not log in.
    { $link }

    If you did not ask for this, do nothing.
mail-reset-subject = Set a new password for { $site }
mail-reset-body =
    Hello { $name },

    somebody, probably you, has asked for a new password for your account at { $site }.

    Open this link within an hour and set one. It works once. All your sessions end with it.
    { $link }

    If you did not ask for this, do nothing: your password stays as it is.
mail-invite-subject = Your account at { $site }
mail-invite-body =
    Hello { $name },

    an admin has sent you a link to set the password of your account at { $site }. Your login name is { $login }.

    Open it within a day. It works once.
    { $link }
mail-changed-subject = Your password at { $site } was changed
mail-changed-body =
    Hello { $name },

    the password of your account was changed by somebody who knew the one before.

    If that was you, there is nothing to do. If not, set a new one at once and tell an admin:
    { $link }/
mail-reset-done-body =
    Hello { $name },

    the password of your account was set by a one-time link.

    If that was you, there is nothing to do. If not, tell an admin at once:
    { $link }/
mail-email-subject = Confirm your address for { $site }
mail-email-body =
    Hello { $name },

    your account at { $site } is to use this address. Open this link within a day, and it does:
    { $link }

    If you did not ask for this, do nothing.
mail-email-asked-subject = Another address for your account at { $site }
mail-email-asked-body =
    Hello { $name },

    somebody who knew your password has asked that your account uses another e-mail address. This one stays until the other is confirmed.

    If that was not you, change your password at once and tell an admin:
    { $link }/
mail-email-changed-subject = Your account at { $site } uses another address
mail-email-changed-body =
    Hello { $name },

    letters about your account go to another e-mail address from now on.

    If that was not you, tell an admin at once:
    { $link }/
mail-failures-subject = A login to { $site } after many failed ones
mail-failures-what = your account was logged in to after { $failures } failed attempts in a row
mail-new-place-subject = A login to { $site } from a new place
mail-new-place-what = somebody logged in to your account from { $client }, with a browser and a network that were not used before
mail-rule-subject = An attempt to log in to { $site }
mail-rule-in = a rule of the login fence asked to tell you of an attempt on the account { $account } from { $client }; the login succeeded
mail-rule-refused = a rule of the login fence asked to tell you of an attempt on the account { $account } from { $client }; the login was refused
mail-notice-body =
    Hello,

    on { $at } { $what }.

    If that was you, there is nothing to do. If not, change your password and tell an admin:
    { $link }/
