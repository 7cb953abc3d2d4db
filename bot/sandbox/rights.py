"""What administrators may do, and what members may, as of Bot API 10.1."""

COMMON_RIGHTS = [
    "can_manage_chat",
    "can_delete_messages",
    "can_manage_video_chats",
    "can_restrict_members",
    "can_promote_members",
    "can_change_info",
    "can_invite_users",
    "can_post_stories",
    "can_edit_stories",
    "can_delete_stories",
]
RIGHTS = {
    "channel": (*COMMON_RIGHTS, "can_post_messages", "can_edit_messages", "can_manage_direct_messages"),
    "supergroup": (*COMMON_RIGHTS, "can_pin_messages", "can_manage_topics", "can_manage_tags"),
}

# What a restricted member may do; the sandbox knows one restriction, which takes all of it.
PERMISSIONS = (
    "can_send_messages",
    "can_send_audios",
    "can_send_documents",
    "can_send_photos",
    "can_send_videos",
    "can_send_video_notes",
    "can_send_voice_notes",
    "can_send_polls",
    "can_send_other_messages",
    "can_add_web_page_previews",
    "can_react_to_messages",
    "can_edit_tag",
    "can_change_info",
    "can_invite_users",
    "can_pin_messages",
    "can_manage_topics",
)
