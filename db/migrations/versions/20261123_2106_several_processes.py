"""several processes"""

import sqlalchemy as sa
from alembic import op

revision = '20261123_2106'
down_revision = '20261123_1836'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('lease',
    sa.Column('name', sa.String(), nullable=False),
    sa.Column('holder', sa.String(), nullable=False),
    sa.Column('until', sa.DateTime(timezone=True), nullable=False),
    sa.PrimaryKeyConstraint('name', name=op.f('pk_lease')),
    sqlite_with_rowid=False
    )
    op.create_table('unreachable',
    sa.Column('chat', sa.LargeBinary(length=16), nullable=False),
    sa.Column('day', sa.Integer(), nullable=False),
    sa.PrimaryKeyConstraint('chat', name=op.f('pk_unreachable')),
    sqlite_with_rowid=False
    )
    with op.batch_alter_table('unreachable', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_unreachable_day'), ['day'], unique=False)

    op.create_table('option_count',
    sa.Column('ballot_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('option_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('shard', sa.SmallInteger(), nullable=False),
    sa.Column('votes', sa.BigInteger(), nullable=False),
    sa.Column('version', sa.BigInteger(), nullable=False),
    sa.ForeignKeyConstraint(['ballot_id'], ['ballot.id'], name=op.f('fk_option_count_ballot_id'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['option_id'], ['option.id'], name=op.f('fk_option_count_option_id'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('ballot_id', 'option_id', 'shard', name=op.f('pk_option_count')),
    sqlite_with_rowid=False
    )
    with op.batch_alter_table('applied_update', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_applied_update_day'))

    op.execute(
        "INSERT INTO option_count (ballot_id, option_id, shard, votes, version)"
        " SELECT ballot_id, id, 0, votes, 0 FROM option WHERE votes <> 0"
    )
    with op.batch_alter_table('option', schema=None) as batch_op:
        batch_op.drop_column('votes')

    undrawn = sa.text('closed_at IS NOT NULL AND drawn_version < version')
    op.create_index('ix_ballot_undrawn', 'ballot', ['id'], unique=False, sqlite_where=undrawn, postgresql_where=undrawn)
    still_open = sa.text('closed_at IS NULL')
    op.create_index('ix_ballot_open', 'ballot', ['id'], unique=False, sqlite_where=still_open, postgresql_where=still_open)

    with op.batch_alter_table('outbox', schema=None) as batch_op:
        batch_op.add_column(sa.Column('priority', sa.SmallInteger(), server_default='0', nullable=False))
        batch_op.add_column(sa.Column('edits', sa.LargeBinary(length=16), nullable=True))
        batch_op.add_column(sa.Column('claimed_by', sa.String(), nullable=True))
        batch_op.add_column(sa.Column('claimed_until', sa.DateTime(timezone=True), nullable=True))
        batch_op.create_index(batch_op.f('ix_outbox_edits'), ['edits'], unique=False)
        batch_op.create_index('ix_outbox_order', ['priority', 'id'], unique=False)

    with op.batch_alter_table('pace', schema=None) as batch_op:
        batch_op.add_column(sa.Column('last', sa.Double(), server_default='0', nullable=False))
        batch_op.add_column(sa.Column('redrew', sa.Boolean(), nullable=True))
        batch_op.add_column(sa.Column('failures', sa.Integer(), server_default='0', nullable=False))
        batch_op.add_column(sa.Column('claimed_by', sa.String(), nullable=True))
        batch_op.add_column(sa.Column('claimed_until', sa.Double(), server_default='0', nullable=False))

    with op.batch_alter_table('post', schema=None) as batch_op:
        batch_op.add_column(sa.Column('claimed_by', sa.String(), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table('post', schema=None) as batch_op:
        batch_op.drop_column('claimed_by')

    with op.batch_alter_table('pace', schema=None) as batch_op:
        batch_op.drop_column('claimed_until')
        batch_op.drop_column('claimed_by')
        batch_op.drop_column('failures')
        batch_op.drop_column('redrew')
        batch_op.drop_column('last')

    with op.batch_alter_table('outbox', schema=None) as batch_op:
        batch_op.drop_index('ix_outbox_order')
        batch_op.drop_index(batch_op.f('ix_outbox_edits'))
        batch_op.drop_column('claimed_until')
        batch_op.drop_column('claimed_by')
        batch_op.drop_column('edits')
        batch_op.drop_column('priority')

    op.drop_index('ix_ballot_open', 'ballot')
    op.drop_index('ix_ballot_undrawn', 'ballot')

    with op.batch_alter_table('option', schema=None) as batch_op:
        batch_op.add_column(sa.Column('votes', sa.INTEGER(), server_default='0', nullable=False))

    op.execute(
        "UPDATE option SET votes = COALESCE((SELECT SUM(c.votes) FROM option_count c"
        " WHERE c.ballot_id = option.ballot_id AND c.option_id = option.id), 0)"
    )
    op.execute(
        "UPDATE ballot SET version = version + COALESCE((SELECT SUM(c.version) FROM option_count c"
        " WHERE c.ballot_id = ballot.id), 0)"
    )

    with op.batch_alter_table('applied_update', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_applied_update_day'), ['day'], unique=False)

    op.drop_table('option_count')
    with op.batch_alter_table('unreachable', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_unreachable_day'))

    op.drop_table('unreachable')
    op.drop_table('lease')
