"""readers speak safely"""

import time

import sqlalchemy as sa
from alembic import op

revision = '20261125_0808'
down_revision = '20261123_2106'
branch_labels = None
depends_on = None


FIRST_KEY = b"installation key"  # discussions from before each had a key of its own


def upgrade() -> None:
    # Under new keys nobody can be found in these; readers open the link once more, closed chats are found out anew.
    op.execute("DELETE FROM prompt")
    op.execute("DELETE FROM unreachable")
    op.execute("DELETE FROM pace WHERE key LIKE 'private:%'")
    op.create_table('audit',
    sa.Column('number', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), autoincrement=False, nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('actor', sa.LargeBinary(length=16), nullable=True),
    sa.Column('label', sa.LargeBinary(), nullable=True),
    sa.Column('act', sa.String(), nullable=False),
    sa.Column('channel', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True),
    sa.Column('discussion', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True),
    sa.Column('detail', sa.String(), nullable=True),
    sa.Column('previous', sa.LargeBinary(length=32), nullable=False),
    sa.Column('digest', sa.LargeBinary(length=32), nullable=False),
    sa.PrimaryKeyConstraint('number', name=op.f('pk_audit'))
    )
    op.create_table('invitation',
    sa.Column('digest', sa.LargeBinary(length=32), nullable=False),
    sa.Column('channel_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('role', sa.String(), nullable=False),
    sa.Column('inviter', sa.LargeBinary(), nullable=False),
    sa.Column('expires_at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['channel_id'], ['channel.id'], name=op.f('fk_invitation_channel_id'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('digest', name=op.f('pk_invitation')),
    sqlite_with_rowid=False
    )
    with op.batch_alter_table('invitation', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_invitation_channel_id'), ['channel_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_invitation_expires_at'), ['expires_at'], unique=False)

    op.create_table('role',
    sa.Column('channel_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('person', sa.LargeBinary(length=16), nullable=False),
    sa.Column('role', sa.String(), nullable=False),
    sa.Column('label', sa.LargeBinary(), nullable=False),
    sa.Column('since', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['channel_id'], ['channel.id'], name=op.f('fk_role_channel_id'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('channel_id', 'person', name=op.f('pk_role')),
    sqlite_with_rowid=False
    )
    with op.batch_alter_table('role', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_role_person'), ['person'], unique=False)

    op.create_table('room',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('channel_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('chat', sa.LargeBinary(length=16), nullable=False),
    sa.Column('address', sa.LargeBinary(), nullable=False),
    sa.Column('kind', sa.String(), nullable=False),
    sa.Column('members', sa.Integer(), nullable=True),
    sa.Column('trouble', sa.String(), nullable=True),
    sa.Column('told', sa.String(), nullable=True),
    sa.ForeignKeyConstraint(['channel_id'], ['channel.id'], name=op.f('fk_room_channel_id'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_room')),
    sa.UniqueConstraint('channel_id', 'chat', name=op.f('uq_room_channel_id_chat'))
    )
    with op.batch_alter_table('room', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_room_chat'), ['chat'], unique=False)

    op.create_table('answer',
    sa.Column('id', sa.BigInteger(), autoincrement=False, nullable=False),
    sa.Column('editor', sa.LargeBinary(length=16), nullable=False),
    sa.Column('room_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('cards', sa.JSON(), nullable=False),
    sa.Column('text', sa.LargeBinary(), nullable=True),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['room_id'], ['room.id'], name=op.f('fk_answer_room_id'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_answer'))
    )
    with op.batch_alter_table('answer', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_answer_created_at'), ['created_at'], unique=False)
        batch_op.create_index(batch_op.f('ix_answer_editor'), ['editor'], unique=False)
        batch_op.create_index(batch_op.f('ix_answer_room_id'), ['room_id'], unique=False)

    op.create_table('arrival',
    sa.Column('discussion_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('minute', sa.Integer(), nullable=False),
    sa.Column('votes', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['discussion_id'], ['discussion.id'], name=op.f('fk_arrival_discussion_id'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('discussion_id', 'minute', name=op.f('pk_arrival')),
    sqlite_with_rowid=False
    )
    op.create_table('mute',
    sa.Column('discussion_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('author', sa.LargeBinary(length=16), nullable=False),
    sa.ForeignKeyConstraint(['discussion_id'], ['discussion.id'], name=op.f('fk_mute_discussion_id'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('discussion_id', 'author', name=op.f('pk_mute')),
    sqlite_with_rowid=False
    )
    op.create_table('quota',
    sa.Column('discussion_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('author', sa.LargeBinary(length=16), nullable=False),
    sa.Column('day', sa.Integer(), nullable=False),
    sa.Column('said', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['discussion_id'], ['discussion.id'], name=op.f('fk_quota_discussion_id'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('discussion_id', 'author', name=op.f('pk_quota')),
    sqlite_with_rowid=False
    )
    op.create_table('card',
    sa.Column('id', sa.BigInteger(), autoincrement=False, nullable=False),
    sa.Column('opinion_id', sa.BigInteger(), nullable=True),
    sa.Column('discussion_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('state', sa.String(), nullable=False),
    sa.Column('language', sa.String(), nullable=True),
    sa.Column('hour', sa.DateTime(timezone=True), nullable=True),
    sa.Column('reasons', sa.JSON(), nullable=False),
    sa.Column('chosen_by', sa.LargeBinary(length=16), nullable=True),
    sa.Column('muted', sa.Boolean(), nullable=False),
    sa.Column('answered', sa.Boolean(), nullable=False),
    sa.Column('version', sa.SmallInteger(), nullable=False),
    sa.ForeignKeyConstraint(['discussion_id'], ['discussion.id'], name=op.f('fk_card_discussion_id'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['opinion_id'], ['opinion.id'], name=op.f('fk_card_opinion_id'), ondelete='SET NULL'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_card'))
    )
    with op.batch_alter_table('card', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_card_chosen_by'), ['chosen_by'], unique=False)
        batch_op.create_index(batch_op.f('ix_card_discussion_id'), ['discussion_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_card_opinion_id'), ['opinion_id'], unique=False)
        batch_op.create_index('ix_card_state', ['state', 'discussion_id'], unique=False)

    op.create_table('quote',
    sa.Column('id', sa.BigInteger(), autoincrement=False, nullable=False),
    sa.Column('opinion_id', sa.BigInteger(), nullable=True),
    sa.Column('discussion_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('state', sa.String(), nullable=False),
    sa.Column('not_before', sa.DateTime(timezone=True), nullable=True),
    sa.Column('claimed_by', sa.String(), nullable=True),
    sa.Column('chat', sa.BigInteger(), nullable=True),
    sa.Column('message', sa.BigInteger(), nullable=True),
    sa.ForeignKeyConstraint(['discussion_id'], ['discussion.id'], name=op.f('fk_quote_discussion_id'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['opinion_id'], ['opinion.id'], name=op.f('fk_quote_opinion_id'), ondelete='SET NULL'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_quote'))
    )
    with op.batch_alter_table('quote', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_quote_discussion_id'), ['discussion_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_quote_opinion_id'), ['opinion_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_quote_state'), ['state'], unique=False)

    op.create_table('report',
    sa.Column('opinion_id', sa.BigInteger(), nullable=False),
    sa.Column('reporter', sa.LargeBinary(length=16), nullable=False),
    sa.ForeignKeyConstraint(['opinion_id'], ['opinion.id'], name=op.f('fk_report_opinion_id'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('opinion_id', 'reporter', name=op.f('pk_report')),
    sqlite_with_rowid=False
    )
    op.create_table('card_post',
    sa.Column('card_id', sa.BigInteger(), nullable=False),
    sa.Column('room_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('message', sa.BigInteger(), nullable=True),
    sa.Column('drawn', sa.SmallInteger(), nullable=False),
    sa.ForeignKeyConstraint(['card_id'], ['card.id'], name=op.f('fk_card_post_card_id'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['room_id'], ['room.id'], name=op.f('fk_card_post_room_id'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('card_id', 'room_id', name=op.f('pk_card_post')),
    sa.UniqueConstraint('room_id', 'message', name=op.f('uq_card_post_room_id_message')),
    sqlite_with_rowid=False
    )
    op.create_table('sample',
    sa.Column('ballot_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('option_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('members', sa.Integer(), nullable=False),
    sa.Column('strangers', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['ballot_id'], ['ballot.id'], name=op.f('fk_sample_ballot_id'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['option_id'], ['option.id'], name=op.f('fk_sample_option_id'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('ballot_id', 'option_id', name=op.f('pk_sample')),
    sqlite_with_rowid=False
    )
    with op.batch_alter_table('ballot', schema=None) as batch_op:
        batch_op.add_column(sa.Column('hushed', sa.Boolean(), server_default=sa.false(), nullable=False))
        batch_op.add_column(sa.Column('results', sa.String(), server_default='live', nullable=False))
        batch_op.add_column(sa.Column('step', sa.SmallInteger(), server_default='1', nullable=False))
        batch_op.add_column(sa.Column('minimum', sa.SmallInteger(), server_default='1', nullable=False))
        batch_op.add_column(sa.Column('shown_version', sa.BigInteger(), server_default='0', nullable=False))
        batch_op.add_column(sa.Column('slack', sa.SmallInteger(), server_default='0', nullable=False))
        batch_op.add_column(sa.Column('signs', sa.JSON(), nullable=True))
        batch_op.add_column(sa.Column('adjusted', sa.JSON(), nullable=True))

    with op.batch_alter_table('channel', schema=None) as batch_op:
        batch_op.add_column(sa.Column('results', sa.String(), nullable=True))
        batch_op.add_column(sa.Column('step', sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column('minimum', sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column('moderation', sa.String(), nullable=True))
        batch_op.add_column(sa.Column('watch', sa.Boolean(), nullable=True))

    with op.batch_alter_table('discussion', schema=None) as batch_op:
        batch_op.add_column(sa.Column('key', sa.LargeBinary(length=16), nullable=True))
        batch_op.add_column(sa.Column('keyless_at', sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column('wordless_at', sa.DateTime(timezone=True), nullable=True))
        batch_op.create_index(batch_op.f('ix_discussion_key'), ['key'], unique=False)

    with op.batch_alter_table('opinion', schema=None) as batch_op:
        batch_op.add_column(sa.Column('address', sa.LargeBinary(), nullable=True))
        batch_op.add_column(sa.Column('sealed', sa.LargeBinary(), nullable=True))
        batch_op.add_column(sa.Column('state', sa.String(), server_default='approved', nullable=False))
        batch_op.add_column(sa.Column('flags', sa.JSON(), nullable=True))
        batch_op.alter_column('author',
               existing_type=sa.BLOB(),
               nullable=True)
        batch_op.alter_column('origin',
               existing_type=sa.BLOB(),
               nullable=True)
        batch_op.alter_column('text',
               existing_type=sa.VARCHAR(),
               nullable=True)
        batch_op.create_index(batch_op.f('ix_opinion_author'), ['author'], unique=False)

    with op.batch_alter_table('option', schema=None) as batch_op:
        batch_op.add_column(sa.Column('shown', sa.BigInteger(), server_default='0', nullable=False))
        batch_op.add_column(sa.Column('published', sa.BigInteger(), server_default='0', nullable=False))
        batch_op.add_column(sa.Column('taken', sa.BigInteger(), nullable=True))

    with op.batch_alter_table('outbox', schema=None) as batch_op:
        batch_op.add_column(sa.Column('day', sa.Integer(), server_default='0', nullable=False))
        batch_op.create_index(batch_op.f('ix_outbox_day'), ['day'], unique=False)

    with op.batch_alter_table('prompt', schema=None) as batch_op:
        batch_op.add_column(sa.Column('lane', sa.SmallInteger(), server_default='0', nullable=False))
        batch_op.add_column(sa.Column('screens', sa.LargeBinary(), nullable=True))

    op.execute(sa.text("UPDATE discussion SET key = :key").bindparams(key=FIRST_KEY))
    today = int(time.time()) // 86_400  # nobody knows since when they wait
    op.execute(sa.text("UPDATE outbox SET day = :day").bindparams(day=today))
    op.execute(sa.text("UPDATE opinion SET flags = '[]'"))
    op.create_index(
        'ix_opinion_unscreened',
        'opinion',
        ['id'],
        unique=False,
        sqlite_where=sa.text('flags IS NULL'),
        postgresql_where=sa.text('flags IS NULL'),
    )
    # Ballots that run keep the step 1 that they had: live numbers until their end.


def downgrade() -> None:
    """Votes and opinions of discussions with keys of their own mean nothing to an older release."""
    op.execute("DELETE FROM opinion WHERE text IS NULL OR author IS NULL OR origin IS NULL")
    op.execute("DELETE FROM prompt")
    with op.batch_alter_table('prompt', schema=None) as batch_op:
        batch_op.drop_column('screens')
        batch_op.drop_column('lane')

    with op.batch_alter_table('outbox', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_outbox_day'))
        batch_op.drop_column('day')

    with op.batch_alter_table('option', schema=None) as batch_op:
        batch_op.drop_column('taken')
        batch_op.drop_column('published')
        batch_op.drop_column('shown')

    op.drop_index('ix_opinion_unscreened', table_name='opinion')
    with op.batch_alter_table('opinion', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_opinion_author'))
        batch_op.alter_column('text',
               existing_type=sa.VARCHAR(),
               nullable=False)
        batch_op.alter_column('origin',
               existing_type=sa.BLOB(),
               nullable=False)
        batch_op.alter_column('author',
               existing_type=sa.BLOB(),
               nullable=False)
        batch_op.drop_column('flags')
        batch_op.drop_column('state')
        batch_op.drop_column('sealed')
        batch_op.drop_column('address')

    with op.batch_alter_table('discussion', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_discussion_key'))
        batch_op.drop_column('wordless_at')
        batch_op.drop_column('keyless_at')
        batch_op.drop_column('key')

    with op.batch_alter_table('channel', schema=None) as batch_op:
        batch_op.drop_column('watch')
        batch_op.drop_column('moderation')
        batch_op.drop_column('minimum')
        batch_op.drop_column('step')
        batch_op.drop_column('results')

    with op.batch_alter_table('ballot', schema=None) as batch_op:
        batch_op.drop_column('adjusted')
        batch_op.drop_column('signs')
        batch_op.drop_column('hushed')
        batch_op.drop_column('slack')
        batch_op.drop_column('shown_version')
        batch_op.drop_column('minimum')
        batch_op.drop_column('step')
        batch_op.drop_column('results')

    op.drop_table('sample')
    with op.batch_alter_table('quote', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_quote_state'))
        batch_op.drop_index(batch_op.f('ix_quote_opinion_id'))
        batch_op.drop_index(batch_op.f('ix_quote_discussion_id'))

    op.drop_table('quote')
    op.drop_table('card_post')
    op.drop_table('report')
    with op.batch_alter_table('card', schema=None) as batch_op:
        batch_op.drop_index('ix_card_state')
        batch_op.drop_index(batch_op.f('ix_card_opinion_id'))
        batch_op.drop_index(batch_op.f('ix_card_discussion_id'))
        batch_op.drop_index(batch_op.f('ix_card_chosen_by'))

    op.drop_table('card')
    op.drop_table('quota')
    op.drop_table('mute')
    op.drop_table('arrival')
    with op.batch_alter_table('answer', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_answer_room_id'))
        batch_op.drop_index(batch_op.f('ix_answer_editor'))
        batch_op.drop_index(batch_op.f('ix_answer_created_at'))

    op.drop_table('answer')
    with op.batch_alter_table('room', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_room_chat'))

    op.drop_table('room')
    with op.batch_alter_table('role', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_role_person'))

    op.drop_table('role')
    with op.batch_alter_table('invitation', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_invitation_expires_at'))
        batch_op.drop_index(batch_op.f('ix_invitation_channel_id'))

    op.drop_table('invitation')
    op.drop_table('audit')
