### English. A message that another language lacks is taken from here.

## Voting

default-question = What do you think of the article?
default-options =
    👍 I agree
    👎 I disagree
    🤷 Hard to say
option-share = { $option } · { $percent }%
option-votes = { $option } · { $votes }
option-few = { $option } · <{ $step }
button-withdraw-vote = ↩️ Take my vote back
button-write = ✍️ Write what you think

vote-cast = Your vote: { $option }. { $numbers }
vote-moved = Vote moved: { $option }. { $numbers }
vote-kept = Your vote stays: { $option }. { $numbers }
numbers-now =
    { $votes } of { $voters } { $votes ->
        [one] thinks
       *[other] think
    } so ({ $percent }%).
numbers-shown =
    At the last count, { $votes } of { $voters } { $votes ->
        [one] thinks
       *[other] think
    } so ({ $percent }%).
numbers-least =
    At the last count, { $votes } of { $voters } or more { $votes ->
        [one] thinks
       *[other] think
    } so.
numbers-few = At the last count, fewer than { $step } of { $voters } or more think so.
numbers-minimum =
    There will be numbers when { $minimum ->
        [one] { $minimum } person has voted
       *[other] at least { $minimum } people have voted
    }.
numbers-vote-first = Whoever votes sees the numbers.
numbers-close = The results will be shown when the ballot is closed.
numbers-close-at = The results will be shown when the ballot is closed: { $when }.
numbers-steps =
    The numbers move in steps of at least { $step ->
        [one] { $step } vote
       *[other] { $step } votes
    }. At the end they will be exact.
vote-withdrawn = Your vote is taken back.
vote-none = You have no vote here to take back.
ballot-closed = The ballot is closed; no more votes are taken.
button-stale = This button no longer works.

result-line = { $option } — { $percent }% ({ $votes })
result-line-votes = { $option } — { $votes }
result-line-few = { $option } — <{ $step }
voices =
    { $count ->
        [one] { $count } vote
       *[other] { $count } votes
    }
voices-least =
    { $count ->
        [one] at least { $count } vote
       *[other] at least { $count } votes
    }
thoughts =
    { $count ->
        [one] { $count } opinion
       *[other] { $count } opinions
    }
closed-line = 🔒 The ballot is closed.
closed-forgotten = 🔒 The ballot is closed. Who voted how is erased: nobody will ever find it out.

## Opinions

opinion-ask =
    <b>{ $title }</b>

    { $question }

    Write what you think in your next message. The editors see only the text, without a name or a number. What is kept: /privacy
opinion-taken = ✅ Your opinion on “{ $title }” is noted. To change it, edit your message or press a button.
opinion-replaced = ✅ Your opinion is changed.
opinion-edited = ✏️ The edited opinion is noted.
opinion-write-new = Write the new text in your next message: it takes the place of the old one.
opinion-withdrawn = 🗑 Your opinion is deleted.
opinion-gone = This opinion is no longer there.
opinion-which = Which article is this opinion about? Choose, and I will note it.
opinion-none-open = There is no open discussion to which I could add your message. Press “✍️ Write what you think” under an article in the channel.
opinion-resend = I cannot see your message. Please send it again.
opinion-stopped = All right. If you change your mind, press “✍️ Write what you think” under the article.
opinion-invalid =
    { $problem ->
        [long] The opinion is too long: { $limit } characters at most. Please shorten it and send it again.
        [empty] There is no text in the message. Please put your opinion into words.
       *[kind] I can keep only text. Please put your opinion into words.
    }
button-change-opinion = ✏️ Change
button-withdraw-opinion = 🗑 Delete
button-stop-writing = Do not write
button-lane-traceless = 🕶 Without a trace
button-lane-plain = As usual, with a trace
button-lane-answerable = 💬 I want an answer
button-lane-unanswered = 🚫 No answer needed
lane-traceless =
    🕶 <b>Without a trace.</b> As soon as your opinion is noted, I delete your message and all of mine from this chat: the link, this question, warnings. Telegram allows that within 48 hours. You cannot change the opinion afterwards, only erase it: /forget. { $answers ->
        [yes] I keep the address of this chat, encrypted, while the key of the discussion lives: the editors' answer will come here and stay here.
       *[no] The editors cannot answer you: I do not keep the address of this chat.
    } The chat itself stays in your list; to remove it, too, hold it in the list of chats and choose “Delete”.
opinion-traceless =
    ✅ Your opinion on “{ $title }” is noted. I am deleting the rest of this conversation about it, and this message goes in a minute. { $answers ->
        [yes] The editors' answer, if there is one, will come here.
       *[no] There will be no answer: the address of this chat is not kept.
    } The chat with me stays in your list; to remove it, too, hold it in the list of chats and choose “Delete”. What Telegram did not let me delete (older than 48 hours), please delete yourself.
opinion-betrays = ⚠️ I have kept nothing yet. Something in your text may tell who you are:
opinion-trimmed = Without that, it reads:
    <blockquote>{ $text }</blockquote>
opinion-betrays-choose = How shall I take it? Until you choose, the text is nowhere but in this chat.
opinion-kept-back = Not sent, nothing is kept. If you like, put it differently.
betrayal-line = • { $kind }: <b>{ $words }</b>
betrayal-more =
    { $count ->
        [one] … and { $count } more place
       *[other] … and { $count } more places
    }
betrayal-phone = phone number
betrayal-email = e-mail address
betrayal-username = Telegram name
betrayal-profile = link to a person's page
betrayal-card = card number
betrayal-iban = bank account
betrayal-identity = number of a document
betrayal-address = address
betrayal-workplace = place of work or study
betrayal-unit = military unit
betrayal-name = name
betrayal-birth = day of birth
betrayal-plate = number plate
betrayal-coordinates = coordinates
button-send-trimmed = ✂️ Send without these
button-send-as-it-is = Send as it is
button-keep-back = Do not send
discussion-closed = The discussion “{ $title }” is closed; no more opinions are taken.
forgotten = This discussion is over, and its key is destroyed: nobody can tell any more what is yours, not even whoever takes our computers. So nothing can be found here, and nobody can find you.
discussion-unknown = There is no such discussion.

## Articles and discussions, for editors

article-empty = There is nothing in this text. Send an article that has at least a title.
article-binary = This is not text. Send the article as a message or as a .txt or .md file.
article-too-long =
    The article is too long: { $length ->
        [one] { $length } character
       *[other] { $length } characters
    }, { $limit } at most.
file-too-big = The file is too big: { $limit } KiB at most.
file-gone = Telegram did not hand over the file. Please send it again.
ballot-invalid =
    { $problem ->
        [question] The question must have 1 to { $limit } characters.
        [count] There must be 2 to { $limit } options.
        [label] Each option must have 1 to { $limit } characters.
       *[twice] Options must differ from one another.
    }
nothing-to-post = Send me the article: as a message or as a .txt or .md file. Its first line becomes the title; a short last line that ends in “:” or “?” becomes the question to the readers.
no-channel-yet = I know of no channel where you may post. Add me to your channel as an administrator who may post messages.
not-an-editor = Only the owner or an administrator who may post in the channel can do this.
not-an-owner = Only the owner of the channel, or an administrator who may add administrators, can do that.
channel-unknown = I cannot see such a channel. Add me to it as an administrator who may post messages.
draft-gone = This draft is no longer there: it was published or cancelled.
no-discussion-here = This is not a discussion. Send /close as a reply to the message with the ballot.
telegram-away = Telegram does not answer at the moment, so nothing was done. Try again in a minute.

draft-which-channel =
    <b>{ $title }</b>

    In which channel shall I publish it?
draft-preview =
    This is how it will look in the channel “{ $channel }”.
    Messages: { $parts }

    Question: <b>{ $question }</b>
    { $options }
draft-cancelled = Cancelled. Nothing was published.
draft-queued = ✅ Publishing in the channel “{ $channel }”. Discussion no. { $id }.
button-publish = 📣 Publish
button-cancel = Cancel

tally =
    <b>{ $title }</b>
    { $question }

    { $options }

    { $counts } (comments: { $comments }, private: { $private }{ $least ->
        [yes] {" or more"}
       *[no] {""}
    })
    No. { $id }, { $state }
closes-at = Closes { $when }
state-queued = waiting to be posted
state-uncertain = waiting for your decision
state-open = open
state-closed = closed
list-head = Discussions, newest first:
list-empty = There are no discussions yet. Send me an article or write /poll in the channel.
list-line = No. { $id } · { $state } · { $title }
button-refresh = 🔄 Refresh
button-close = 🔒 Close
button-close-sure = Yes, close it
close-sure = Close the discussion “{ $title }”? No more votes and opinions will be taken.
close-done = 🔒 The discussion “{ $title }” is closed.
close-already = The discussion “{ $title }” is closed already.

post-uncertain =
    I do not know whether this message of the discussion “{ $title }” appeared in { $place ->
        [group] the discussion group of the channel
       *[channel] the channel
    } “{ $channel }”:

    <i>{ $text }</i>

    Telegram did not answer. { $place ->
        [group] Please look into the group. If it is there, press the button.
       *[channel] Please look into the channel. If it is there, forward it to me or press the button.
    }
button-post-again = It is not there, post it
button-post-there = It is there
already-settled = This has been found out in the meantime. Thank you.
post-confirmed = Thank you. I take it as posted.
post-repeated = Posting it again.
trouble-kicked =
    ⚠️ “{ $title }” is not posted: I am not in { $place ->
        [group] the discussion group of the channel “{ $channel }”. Add me there
       *[channel] the channel “{ $channel }”. Add me there as an administrator who may post
    }, and I will post it.
trouble-no-right =
    ⚠️ “{ $title }” is not posted: I have no right to { $place ->
        [group] write in the discussion group of the channel
       *[channel] post messages in the channel
    } “{ $channel }”. Give it to me, and I will post it.
trouble-unknown-chat =
    ⚠️ “{ $title }” is not posted: Telegram does not find { $place ->
        [group] the discussion group of the channel “{ $channel }”. If it exists, add me there
       *[channel] the channel “{ $channel }”. If it exists, add me there as an administrator
    }, and I will post it.
trouble-refused =
    ⚠️ “{ $title }” is not posted: Telegram refused the message for { $place ->
        [group] the discussion group of the channel
       *[channel] the channel
    } “{ $channel }”. I will keep trying; /close { $id } stops that.
trouble-command = ⚠️ The command { $command } in the channel “{ $channel }” was not carried out. { $reason }

## Votes brought from outside

brigading-notice = ⚠️ “{ $title }”: there are signs of votes brought from outside ({ $signs }). /tally { $id } shows the counts as adjusted by the published rule.
brigading-signs = There are signs of votes brought from outside: { $signs }.
brigading-members = Of them members of the channel, by the sample:
brigading-line = { $option } — about { $votes }
brigading-no-sample = The sample is too small to say how many of them are members of the channel.
sign-burst = a great many votes in one minute
sign-copied = many opinions that are nearly the same
sign-strangers = many who were not in the channel before

## Channels

channel-ready = ✅ The channel “{ $channel }” is connected. Send me an article, or write /poll in the channel.
channel-almost = The channel “{ $channel }” is connected, but something is missing:
missing-cannot-post = • Give me the right to post messages in the channel: without it I can do nothing.
missing-cannot-delete = • Give me the right to delete messages in the channel, so that the command /poll goes away once done.
missing-no-group = • The channel has no discussion group. Once you add one in the channel's settings, I will collect comments, too.
missing-not-in-group = • Add me to the discussion group, so that I see the comments.
missing-cannot-read-group = • Make me an administrator of the discussion group, so that I see the comments.
channel-unseen = I cannot see the channel “{ $channel }” at the moment. If it exists, add me to it as an administrator who may post messages.
channel-lost = The channel “{ $channel }” is disconnected. What was collected is kept.

## Roles and the log, for owners

staff-which-channel = Which channel is it about?
staff-head = <b>Who helps in the channel “{ $channel }”</b>

    Owners and editors are those that Telegram knows. Moderators decide about readers' opinions, analysts see tallies; you name them.
staff-nobody = Nobody is named.
staff-line = • { $name } — { $role }
role-moderator = moderator
role-analyst = analyst
button-remove-role = ✖️ { $name }
button-invite-moderator = ➕ Invite a moderator
button-invite-analyst = ➕ Invite an analyst
staff-invitation =
    Send this link to whoever shall be { $role ->
        [moderator] a moderator
       *[analyst] an analyst
    } of the channel “{ $channel }”:

    { $link }

    It is valid for a day and works once: for whoever opens it first. I will tell you who that is.
staff-welcome =
    { $role ->
        [moderator] You are now a moderator of the channel “{ $channel }”: you can decide about readers' opinions on cards.
       *[analyst] You are now an analyst of the channel “{ $channel }”: /tally shows the result, /list the discussions.
    } What you do is written into a log that the channel's owners read.
staff-joined =
    ✅ { $name } is now { $role ->
        [moderator] a moderator
       *[analyst] an analyst
    } of the channel “{ $channel }”. If this is the wrong person, remove them: /staff
invitation-gone = This invitation does not work: it was used, its day is over, or there was none.
audit-head = <b>The log: who did what, and when</b>
audit-broken = ⚠️ Rows of the log are missing or were changed. Tell whoever runs the bot: <code>dumka audit --verify</code> shows where.
audit-empty = There are no entries.
audit-line = { $id }. { $when } · { $who } · { $act }{ $about }
audit-discussion = discussion no. { $id }
button-audit-newest = ⏮ Newest
button-audit-older = Older ▶️
actor-unknown = nobody knows who
actor-channel = in the channel's name
actor-operator = the operator
actor-bot = the bot
act-published = article published
act-draft-cancelled = draft cancelled
act-closed = discussion closed
act-asked = question asked
act-posted-again = posted once more
act-post-confirmed = posting confirmed
act-configured = settings changed
act-connected = channel connected
act-disconnected = channel disconnected
act-room-named = moderation room named
act-room-left = moderation room left
act-room-mended = moderation room found safe again
act-members-accepted = members of the room confirmed
act-approved = opinion approved
act-rejected = opinion rejected
act-muted = author muted in the discussion
act-quoted = opinion taken as a quote
act-answered = answer sent to authors
act-invited = invitation made
act-named = named
act-removed = removed
act-checked-in = owner checked in
act-panicked = panic: keys destroyed
act-panic-finished = panic finished
act-panic-ended = panic ended
act-read-opinions = opinions read
act-backed-up = backup made
act-restored = restored from a backup
act-replayed = updates applied once more
act-keys-changed = key store changed

## Privacy

ballot-privacy =
    The bot shows nobody who voted how{ $end ->
        [closing] : the key to the votes is destroyed when the ballot is closed
        [later] : the key to the votes is destroyed { $span } after the ballot is closed
       *[never] {""}
    }. More: /privacy in the bot.
span-never = without an end
span-days =
    { $count ->
        [one] { $count } day
       *[other] { $count } days
    }
span-hours =
    { $count ->
        [one] { $count } hour
       *[other] { $count } hours
    }
span-minutes =
    { $count ->
        [one] { $count } minute
       *[other] { $count } minutes
    }
privacy =
    <b>What is kept</b>
    A vote: under a code made from your Telegram number and the key of this discussion. No name, no number and no time stands beside it. A private opinion: its words{ $encrypted ->
        [yes] , encrypted,
       *[no] {""}
    } under such a code, and the address of the chat, encrypted with the same key: through the bot the editors can answer without knowing whom. The keys lie apart from the database and are in no backup.

    <b>Until when</b>
    { $end ->
        [closing] When the ballot is closed, the key of the discussion is destroyed.
        [later] The key of the discussion is destroyed { $keys } after the ballot is closed.
       *[never] Keys are not destroyed by themselves here: this bot is set up so.
    } Without the key nobody, even with everything on the disk, can tell who voted, how, or whether two opinions are one person's. The result and the texts of opinions stay.
    { $ends ->
        [later] A discussion that nobody closed is closed by itself { $longest } after it began.
       *[never] A discussion that nobody closed goes on.
    } Texts of opinions { $texts ->
        [later] are erased { $opinions } after the end.
       *[never] are kept without an end.
    }
    What waits to be sent to you is kept encrypted, for { $outbox } at most. A message that met a bug: encrypted, for { $failed_updates }. Numbers of the events handled: { $applied_updates }, logs: { $logs }; there is nothing about you in them.

    <b>Who sees what</b>
    Readers see the result. The editors read the words of private opinions, but see no names and no numbers; an approved opinion may be published without its author. A comment in the group is different: your name stands beside it.

    <b>What we cannot hide</b>
    • Telegram knows who pressed a button and who writes to the bot.
    • While the key lives, the bot's server could link a vote to a person.
    • This conversation stays in your list of chats until you delete it yourself.
    • If all answered the same, the result tells what each of them answered.
    • Words can betray by themselves. Before keeping them, the bot looks for phone numbers, addresses and the like and shows you what it found; it sends them nowhere.

    <b>What you can do</b>
    “🕶 Without a trace” before a private opinion: afterwards the conversation about it goes, too.
    /mydata: what is kept about you now.
    /forget: erase all of it at once, votes included. Only a ban on writing stays, if the editors gave you one: otherwise it could be escaped.
    Both work while the key of the discussion lives. What is kept about those who run channels is another matter: that is no reader's data.

mydata-head = <b>What is kept about you now</b>
mydata-nothing = Nothing is kept about you now.
mydata-title = <b>{ $title }</b>
mydata-vote = Vote: { $option }
mydata-opinions =
    { $count ->
        [one] { $count } opinion:
       *[other] { $count } opinions:
    }
mydata-opinion = • “{ $text }”
mydata-more =
    { $count ->
        [one] … and { $count } more
       *[other] … and { $count } more
    }
mydata-writing = You opened the link for writing an opinion.
mydata-quota = A count of your opinions of a day, so that nobody can flood the discussion.
mydata-reports =
    { $count ->
        [one] { $count } report of yours about somebody's opinion.
       *[other] { $count } reports of yours about others' opinions.
    }
mydata-muted = The editors do not let you write in this discussion.
mydata-kept =
    { $state ->
        [closed] Kept until { $when }.
        [open] Kept while the discussion runs, until { $when } at the latest.
        [open-endless] Kept while the discussion runs.
       *[endless] Kept without an end: keys are not destroyed by themselves here.
    }
mydata-waiting =
    { $count ->
        [one] { $count } message waits to be sent to you, encrypted.
       *[other] { $count } messages wait to be sent to you, encrypted.
    }
mydata-failed =
    { $count ->
        [one] { $count } message of yours that met a bug, encrypted.
       *[other] { $count } messages of yours that met a bug, encrypted.
    }
mydata-unreachable = A note that you could not be written to.
mydata-foot =
    Discussions whose key is destroyed cannot be looked into: nobody can tell what is yours there. That is why nothing can be found there about you.
    If you run a channel, what is kept about that is not shown here: it is no reader's data.

    /forget — erase all of this
forget-ask =
    <b>Erase all about you?</b>
    { $votes ->
        [0] {""}
        [one] • { $votes } vote: the result becomes smaller
       *[other] • { $votes } votes: the results become smaller
    }
    { $opinions ->
        [0] {""}
        [one] • { $opinions } opinion
       *[other] • { $opinions } opinions
    }
    • everything else that /mydata shows: what you opened, counts, reports, unsent messages
    This cannot be undone. Comments in the group go from the result and the collection, but the messages there are yours to delete.
    { $muted ->
        [yes] Only the ban on writing stays: otherwise it could be escaped.
       *[no] {""}
    }
forget-sure = <b>Really erase it?</b> Votes and opinions go at once and for good.
forget-done =
    🗑 Erased. Votes: { $votes }, opinions: { $opinions }. { $muted ->
        [yes] Only the ban on writing stays where the editors gave you one.
       *[no] There is nothing about you here any more.
    }
forget-nothing =
    There is nothing to erase: { $muted ->
        [yes] all that is kept about you here is the ban on writing where the editors gave you one. It stays: otherwise it could be escaped.
       *[no] nothing is kept about you here.
    } Discussions whose key is destroyed cannot be looked into: nobody can tell what is yours there, so nobody can find you either.
forget-kept = All right, nothing is erased.
button-forget = 🗑 Erase
button-forget-sure = 🗑 Yes, erase all
button-keep-mine = No, keep it

## Panic, for owners

panic-sure =
    <b>Destroy everything and stop the bot?</b>

    All keys, queues, drafts, texts and opinions that are not published yet will be destroyed. The ballots of all channels of this bot, not of yours alone, will be closed with no result in the message, moderation rooms will be left, the bot will stop. Nobody can undo it.

    To confirm, press both keys one after the other, the second within 10 seconds of the first. If you do not want it, press nothing.
button-panic-first = 1 · Destroy everything
button-panic-second = 2 · Yes, I am sure
panic-armed = Now the second key, within 10 seconds.
panic-begun = The keys are destroyed. Everything is being closed, the bot stops.
panic-stale = Nothing happened. First the first key, then, within 10 seconds, the second; old keys do nothing. To begin anew: /panic
panic-closed = Everything is closed, the bot takes nothing any more.
closed-quietly = 🔒 Voting is closed.
checkin-done =
    ✅ I see you. { $hours ->
        [one] If no owner is heard of for { $hours } hour
       *[other] If no owner is heard of for { $hours } hours
    }, everything will be destroyed.
checkin-off = ✅ I see you. Nobody watches whether owners check in.
checkin-reminder =
    ⏳ No owner has been heard of for long. { $hours ->
        [one] If nobody sends /checkin within { $hours } hour
       *[other] If nobody sends /checkin within { $hours } hours
    }, all keys will be destroyed, everything closed, and the bot stopped.

## Moderation: cards in the staff's room

card-head =
    <b>No. { $id } · { $title }</b>
    { $channel } · { $source ->
        [comment] a comment in the group
       *[private] a private opinion
    }
card-hour = Hour: { $when }
card-language = Language: { $language }
card-reasons = ⚠️ { $reasons }
card-reason =
    { $reason ->
        [word] a banned word
        [link] a link
        [shouting] shouting in capitals
        [copied] nearly the same as was written before
        [flood] one of many messages in a row
        [reported] readers report it
        [changed] the author changed the text
       *[other] { $reason }
    }
card-text = <blockquote>{ $text }</blockquote>
card-cut = ({ $length } characters in all, the rest does not fit)
card-withdrawn = 🗑 The author withdrew this opinion.
card-replaced = ♻️ This opinion stands on another card now.
card-approved = Approved.
card-rejected = Rejected.
card-same = It is so already.
card-muted = Nothing more will be taken from this author in this discussion.
card-unmuted = Opinions of this author are taken again.
card-chosen = Chosen for the common answer.
card-unchosen = Not chosen any more.
card-quoted = Approved. The quotation will appear in the group after a while.
button-approve =
    { $state ->
        [done] ✅ Approved
       *[do] Approve
    }
button-reject =
    { $state ->
        [done] ❌ Rejected
       *[do] Reject
    }
button-quote =
    { $state ->
        [waiting] 💬 To be published
        [sending] 💬 To be published
        [published] 💬 Published
       *[do] 💬 Quote
    }
button-answer =
    { $state ->
        [done] ✉️ Answered
       *[do] ✉️ Answer
    }
button-choose =
    { $state ->
        [done] ☑️ Chosen
       *[do] ☐ Choose
    }
button-mute =
    { $state ->
        [done] 🔇 Muted
       *[do] 🔇 Mute
    }
button-answer-chosen = ✉️ Answer all chosen
not-a-moderator = Only editors and moderators of the channel can do this.
card-gone = This opinion is not here any more: its author withdrew it, or it stands on another card.
no-address = This opinion cannot be answered: it was left without a trace, or it is a comment.
not-quotable =
    { $problem ->
        [comment] A comment stands in the group already; it need not be quoted.
       *[group] There is no place for a quotation: the channel has no discussion group, or I have not seen this article in it.
    }
tally-waiting =
    ⏳ { $count ->
        [one] { $count } more opinion waits
       *[other] { $count } more opinions wait
    } to be approved and { $count ->
        [one] does
       *[other] do
    } not count yet.

answer-mention = { $name }
answer-ask =
    {", "}{ $count ->
        [one] write the answer to the author as a reply to this message. They will see nothing but me and the text.
       *[other] write the answer to the authors ({ $count } cards) as a reply to this message. They will see nothing but me and the text.
    }
answer-placeholder = The answer to the author
answer-preview =
    This is what { $count ->
        [one] the author
       *[other] each of the authors ({ $count } cards)
    } will see:

    <blockquote>{ $text }</blockquote>
button-send-answer = Send
answer-sent =
    ✉️ Sent:

    <blockquote>{ $text }</blockquote>
answer-cancelled = Cancelled. Nothing was sent.
answer-gone = This answer is not here any more: it was sent or cancelled.
answer-invalid =
    { $problem ->
        [long] The answer is too long: { $limit } characters at most.
       *[kind] The answer has to be text.
    }
answer-to-reader =
    ✉️ The editors answer your opinion about “{ $title }”:

    <blockquote>{ $text }</blockquote>

    They do not know who you are: I passed this message on.

quote =
    💬 <i>A reader's opinion, sent in private:</i>

    <blockquote>{ $text }</blockquote>
button-report = ⚠️ Report
quote-reported = Thank you. If others report it too, the editors will look at this opinion once more.
quote-reported-before = Your report is counted already.
quote-trouble =
    ⚠️ Quotation for “{ $title }”: { $problem ->
        [lost] Telegram did not say whether it appeared in the group. I do not publish it a second time; please have a look there.
        [group] the channel has no discussion group any more, there is no place for it.
       *[refused] Telegram refused it; it is not in the group.
    }
too-much =
    { $problem ->
        [minute] Too many messages in a row: { $limit } a minute at most. This one was not kept; please wait and send it again.
       *[day] Enough for today: { $limit } messages a day about one article at most. This one was not kept.
    }
muted = Your opinions are not taken in this discussion any more, and this one was not kept. The editors do not know who you are: they saw nothing but the text.

room-which = For which channel?
room-named =
    ✅ Cards of the channel “{ $channel }” will come { $where ->
        [private] here, to the private chat.
       *[group] to that group.
    } To end it: /moderate_off in the same place.
room-left = No more cards will come. Channel: { $channels }
room-none = No cards came here.
room-anonymous = Please write this command under your own name, not as the group: otherwise I do not know who gives it.
room-unfit =
    { $problem ->
        [stranger] You are no administrator of that group.
       *[kind] This is no place for it: a separate, closed group is needed, not a channel nor a discussion group.
    }
insecure-unseen = ⚠️ I deliver no opinions for the channel “{ $channel }”: I do not see the staff group. Add me there as an administrator and send /moderate_here there.
insecure-not-admin = ⚠️ I deliver no opinions for the channel “{ $channel }”: I am no administrator of the staff group and cannot check who is there. Make me one, and I go on.
insecure-basic = ⚠️ I deliver no opinions for the channel “{ $channel }”: the staff group is of the old kind, which does not show who can read in it. Turn it into a supergroup (hide its history from new members) and send /moderate_here there.
insecure-public = ⚠️ I deliver no opinions for the channel “{ $channel }”: the staff group has a public name. Make it private, and I go on.
insecure-linked = ⚠️ I deliver no opinions for the channel “{ $channel }”: the staff group is linked to a channel. Unlink it or choose another group, and I go on.
insecure-forum = ⚠️ I deliver no opinions for the channel “{ $channel }”: the staff group has topics, and then new members see what is old. Turn topics off, and I go on.
insecure-history = ⚠️ I deliver no opinions for the channel “{ $channel }”: new members of the staff group see old messages. Hide the chat history from new members, and I go on.
insecure-joining = ⚠️ I deliver no opinions for the channel “{ $channel }”: one can join the staff group without approval. Turn on the approval of new members, and I go on.
insecure-stranger = ⚠️ I deliver no opinions for the channel “{ $channel }”: the staff group has an administrator who is no staff of the channel. Take their rights away or make them a moderator, and I go on.
insecure-robot = ⚠️ I deliver no opinions for the channel “{ $channel }”: another bot is an administrator of the staff group. Take its rights away, and I go on.
insecure-many = ⚠️ I deliver no opinions for the channel “{ $channel }”: too many people are in the staff group. Leave only those who moderate, and I go on.
insecure-joined = ⚠️ I deliver no opinions for the channel “{ $channel }”: somebody came into the staff group without approval. Check who is there, and send /moderate_here in the group.
insecure-not-staff = ⚠️ Opinions for the channel “{ $channel }” no longer come to one of the private chats: that person is no editor nor moderator any more.

## Help

start =
    Hello! I am Dumka: I post an article in a channel, ask the readers what they think, and count the answers.

    <b>Readers.</b> Vote with the buttons under the article. To write your opinion in private, press “✍️ Write what you think”. What is kept about you: /privacy
    <b>Editors.</b> Add me to your channel as an administrator and send me an article.

    More: /help
help =
    <b>Readers</b>
    Press a button under the article: that is your vote. Press another, and the vote moves. “↩️ Take my vote back” withdraws it.
    “✍️ Write what you think” opens this chat: your next message becomes your opinion, which you can edit or delete.
    Votes are kept under a code that does not tell who voted without its key. We keep no names of readers.
    /privacy — what is kept, and until when
    /mydata — what is kept about you
    /forget — erase it

    <b>Editors</b>
    1. Add me to the channel as an administrator.
    2. Send me the article as a message or as a .txt or .md file.
    3. Look it over and press “📣 Publish”.
    /list — discussions
    /tally or /tally 12 — the result
    /close or /close 12 — close
    /staff — moderators and analysts
    /audit — the log of acts
    /panic — destroy everything; /checkin — show that you are there
    In the channel or its discussion group: /poll, then the question and the options, a line each; /close as a reply to a ballot.
no-such-command = I do not know this command. What I can do: /help
bug = Sorry, something went wrong on my side (no. { $number }). It is noted and will be looked into.
command-start = Who I am
command-help = What I can do
command-post = Publish an article
command-tally = The result of a discussion
command-list = Discussions
command-close = Close a discussion
command-moderate-here = Have opinions come here to be judged
command-staff = Roles: moderators and analysts
command-audit = The log of acts
command-checkin = Show that you are there
command-panic = Panic: destroy everything
command-mydata = What is kept about me
command-forget = Erase all about me
command-privacy = What is kept, and until when
command-poll = Start a ballot
bot-description = I post an article in a channel, ask the readers what they think of it, and count votes and opinions. I keep no reader's name.
bot-short-description = An article in the channel, the readers' opinions, an exact tally.
