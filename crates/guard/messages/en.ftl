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
