"""Numbers that must not be taken for one another, and what takes the place of a reader's number in storage."""

from typing import NewType

ChannelId = NewType("ChannelId", int)  # our row, not Telegram's number
DiscussionId = NewType("DiscussionId", int)
BallotId = NewType("BallotId", int)
OptionId = NewType("OptionId", int)
OpinionId = NewType("OpinionId", int)
PostId = NewType("PostId", int)
DraftId = NewType("DraftId", int)
CardId = NewType("CardId", int)
QuoteId = NewType("QuoteId", int)
RoomId = NewType("RoomId", int)
AnswerId = NewType("AnswerId", int)

ChatId = NewType("ChatId", int)  # Telegram's number of a channel, a group or a private chat
MessageId = NewType("MessageId", int)  # Telegram's number of a message within its chat
UserId = NewType("UserId", int)  # Telegram's number of a person; never stored in the clear

Pseudonym = NewType("Pseudonym", bytes)  # 16 bytes, HMAC-SHA256 under a key that is not in the database
KeyName = NewType("KeyName", bytes)  # 16 random bytes: which key of the key store, nothing about the key
