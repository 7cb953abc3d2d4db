"""The parameters of each method that the sandbox does, and the names of all methods, as of Bot API 10.1.

A parameter that stands here is decoded once, by the letter after its colon; one that does not is recorded as a
violation, since Telegram would ignore it without a word.
"""

# i: integer, b: boolean, c: chat (a number or @name), j: JSON, f: a file, nothing: text
PARAMETERS: dict[str, str] = {
    "getMe": "",
    "getUpdates": "offset:i limit:i timeout:i allowed_updates:j",
    "setWebhook": (
        "url certificate:f ip_address max_connections:i allowed_updates:j drop_pending_updates:b secret_token"
    ),
    "deleteWebhook": "drop_pending_updates:b",
    "getWebhookInfo": "",
    "sendMessage": (
        "business_connection_id chat_id:c message_thread_id:i direct_messages_topic_id:i text parse_mode "
        "entities:j link_preview_options:j disable_notification:b protect_content:b "
        "allow_paid_broadcast:b message_effect_id suggested_post_parameters:j reply_parameters:j "
        "reply_markup:j"
    ),
    "sendPhoto": (
        "business_connection_id chat_id:c message_thread_id:i direct_messages_topic_id:i photo:f caption "
        "parse_mode caption_entities:j show_caption_above_media:b has_spoiler:b disable_notification:b "
        "protect_content:b allow_paid_broadcast:b message_effect_id suggested_post_parameters:j "
        "reply_parameters:j reply_markup:j"
    ),
    "sendDocument": (
        "business_connection_id chat_id:c message_thread_id:i direct_messages_topic_id:i document:f "
        "thumbnail:f caption parse_mode caption_entities:j disable_content_type_detection:b "
        "disable_notification:b protect_content:b allow_paid_broadcast:b message_effect_id "
        "suggested_post_parameters:j reply_parameters:j reply_markup:j"
    ),
    "sendPoll": (
        "business_connection_id chat_id:c message_thread_id:i question question_parse_mode "
        "question_entities:j options:j is_anonymous:b type allows_multiple_answers:b allows_revoting:b "
        "shuffle_options:b allow_adding_options:b hide_results_until_closes:b members_only:b "
        "country_codes:j correct_option_ids:j explanation explanation_parse_mode explanation_entities:j "
        "explanation_media:j open_period:i close_date:i is_closed:b description description_parse_mode "
        "description_entities:j media:j disable_notification:b protect_content:b allow_paid_broadcast:b "
        "message_effect_id reply_parameters:j reply_markup:j"
    ),
    "stopPoll": "business_connection_id chat_id:c message_id:i reply_markup:j",
    "editMessageText": (
        "business_connection_id chat_id:c message_id:i inline_message_id text parse_mode entities:j "
        "link_preview_options:j rich_message:j reply_markup:j"
    ),
    "editMessageReplyMarkup": "business_connection_id chat_id:c message_id:i inline_message_id reply_markup:j",
    "editMessageCaption": (
        "business_connection_id chat_id:c message_id:i inline_message_id caption parse_mode "
        "caption_entities:j show_caption_above_media:b reply_markup:j"
    ),
    "deleteMessage": "chat_id:c message_id:i",
    "deleteMessages": "chat_id:c message_ids:j",
    "answerCallbackQuery": "callback_query_id text show_alert:b url cache_time:i",
    "getChat": "chat_id:c",
    "getChatMember": "chat_id:c user_id:i",
    "getChatAdministrators": "chat_id:c return_bots:b",
    "getChatMemberCount": "chat_id:c",
    "forwardMessage": (
        "chat_id:c message_thread_id:i direct_messages_topic_id:i from_chat_id:c video_start_timestamp:i "
        "disable_notification:b protect_content:b message_effect_id suggested_post_parameters:j message_id:i"
    ),
    "copyMessage": (
        "chat_id:c message_thread_id:i direct_messages_topic_id:i from_chat_id:c message_id:i "
        "video_start_timestamp:i caption parse_mode caption_entities:j show_caption_above_media:b "
        "disable_notification:b protect_content:b allow_paid_broadcast:b message_effect_id "
        "suggested_post_parameters:j reply_parameters:j reply_markup:j"
    ),
    "getFile": "file_id",
    "setMyCommands": "commands:j scope:j language_code",
    "getMyCommands": "scope:j language_code",
    "deleteMyCommands": "scope:j language_code",
    "setMyName": "name language_code",
    "getMyName": "language_code",
    "setMyDescription": "description language_code",
    "getMyDescription": "language_code",
    "setMyShortDescription": "short_description language_code",
    "getMyShortDescription": "language_code",
    "setMyDefaultAdministratorRights": "rights:j for_channels:b",
    "getMyDefaultAdministratorRights": "for_channels:b",
    "sendChatAction": "business_connection_id chat_id:c message_thread_id:i action",
    "pinChatMessage": "business_connection_id chat_id:c message_id:i disable_notification:b",
    "leaveChat": "chat_id:c",
}

# Every other method of the real API: asked for one of these, the sandbox says that it lacks it.
OTHER_METHODS = """
    logOut close forwardMessages copyMessages sendLivePhoto sendAudio
    sendVideo sendAnimation sendVoice sendVideoNote sendPaidMedia sendMediaGroup sendLocation sendVenue
    sendContact sendChecklist sendDice sendMessageDraft setMessageReaction getUserProfilePhotos
    getUserProfileAudios setUserEmojiStatus banChatMember unbanChatMember restrictChatMember
    promoteChatMember setChatAdministratorCustomTitle setChatMemberTag banChatSenderChat
    unbanChatSenderChat setChatPermissions exportChatInviteLink createChatInviteLink editChatInviteLink
    createChatSubscriptionInviteLink editChatSubscriptionInviteLink revokeChatInviteLink
    approveChatJoinRequest declineChatJoinRequest answerChatJoinRequestQuery sendChatJoinRequestWebApp
    setChatPhoto deleteChatPhoto setChatTitle setChatDescription unpinChatMessage unpinAllChatMessages
    getUserPersonalChatMessages setChatStickerSet deleteChatStickerSet getForumTopicIconStickers
    createForumTopic editForumTopic closeForumTopic reopenForumTopic deleteForumTopic
    unpinAllForumTopicMessages editGeneralForumTopic closeGeneralForumTopic reopenGeneralForumTopic
    hideGeneralForumTopic unhideGeneralForumTopic unpinAllGeneralForumTopicMessages answerGuestQuery
    getUserChatBoosts getBusinessConnection getManagedBotToken replaceManagedBotToken
    getManagedBotAccessSettings setManagedBotAccessSettings setMyProfilePhoto removeMyProfilePhoto
    setChatMenuButton getChatMenuButton getAvailableGifts sendGift giftPremiumSubscription verifyUser
    verifyChat removeUserVerification removeChatVerification readBusinessMessage deleteBusinessMessages
    setBusinessAccountName setBusinessAccountUsername setBusinessAccountBio
    setBusinessAccountProfilePhoto removeBusinessAccountProfilePhoto setBusinessAccountGiftSettings
    getBusinessAccountStarBalance transferBusinessAccountStars getBusinessAccountGifts getUserGifts
    getChatGifts convertGiftToStars upgradeGift transferGift postStory repostStory editStory deleteStory
    answerWebAppQuery savePreparedInlineMessage savePreparedKeyboardButton editMessageMedia
    editMessageLiveLocation stopMessageLiveLocation editMessageChecklist approveSuggestedPost
    declineSuggestedPost deleteMessageReaction deleteAllMessageReactions sendSticker getStickerSet
    getCustomEmojiStickers uploadStickerFile createNewStickerSet addStickerToSet setStickerPositionInSet
    deleteStickerFromSet replaceStickerInSet setStickerEmojiList setStickerKeywords
    setStickerMaskPosition setStickerSetTitle setStickerSetThumbnail setCustomEmojiStickerSetThumbnail
    deleteStickerSet sendRichMessage sendRichMessageDraft answerInlineQuery sendInvoice
    createInvoiceLink answerShippingQuery answerPreCheckoutQuery getMyStarBalance getStarTransactions
    refundStarPayment editUserStarSubscription setPassportDataErrors sendGame setGameScore
    getGameHighScores
"""
