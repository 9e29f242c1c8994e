import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { App, Card, Radio, Tag } from 'antd';
import { useTranslation } from 'react-i18next';
import { carriers } from '../../api/endpoints';
import type { Account, SharedCustomer } from '../../api/types';
import { DataTable } from '../../ui/DataTable';
import { EmptyState } from '../../ui/EmptyState';
import { Loading } from '../../ui/Loading';
import { ProblemView, useNotifyProblem } from '../../ui/ProblemView';
import { DayText } from '../../ui/values';
import { Pager, useCursors } from './Pager';

const size = 20;
const rules = ['first', 'latest', 'none'] as const;

/** Customers who are the friends of several members, and whose they are. */
export function DuplicatesTab({ account: a, write }: { account: Account; write: boolean }) {
  const { t } = useTranslation();
  const { message } = App.useApp();
  const notify = useNotifyProblem();
  const queryClient = useQueryClient();
  const at = useCursors(a.id);
  const list = useQuery({
    queryKey: ['carriers', 'duplicates', a.id, at.cursor],
    queryFn: () => carriers.duplicates(a.id, { limit: size, cursor: at.cursor }),
    placeholderData: (before) => before,
  });
  const rule = useMutation({
    mutationFn: (owner_rule: string) => carriers.update(a.id, { values: { owner_rule } }),
    onSuccess: () => {
      message.success(t('common.saved'));
      return queryClient.invalidateQueries({ queryKey: ['carriers'] });
    },
    onError: notify,
  });
  const current = rules.find((r) => r === a.settings.owner_rule) ?? 'first';
  return (
    <div className="fp-stack">
      <Card title={t('carriers.ownerRule')}>
        <Radio.Group
          className="fp-acc-radios"
          value={rule.isPending ? rule.variables : current}
          disabled={!write || rule.isPending}
          onChange={(e) => rule.mutate(String(e.target.value))}
          aria-label={t('carriers.ownerRule')}
          options={rules.map((r) => ({
            value: r,
            label: (
              <>
                {t(`carriers.rule_${r}`)} <span className="fp-muted fp-small">{t(`carriers.rule_${r}Help`)}</span>
              </>
            ),
          }))}
        />
        <p className="fp-muted fp-small fp-acc-flat">
          {t('carriers.ruleShared')}{' '}
          <Link to="/accounts/$accountId" params={{ accountId: a.id }} search={{ tab: 'members' }}>
            {t('carriers.tabMembers')}
          </Link>
        </p>
      </Card>
      {list.isError ? (
        <ProblemView error={list.error} onRetry={() => void list.refetch()} />
      ) : list.isPending ? (
        <Loading rows={6} />
      ) : (
        <div className="fp-table-wrap" aria-busy={list.isFetching && list.isPlaceholderData}>
          {list.data.items.length === 0 ? (
            <EmptyState title={t('carriers.noDuplicates')} text={t('carriers.noDuplicatesText')} />
          ) : (
            <DataTable<SharedCustomer>
              rowKey="person_id"
              label={t('carriers.tabDuplicates')}
              minWidth={560}
              dataSource={list.data.items}
              columns={[
                {
                  title: t('carriers.customer'),
                  width: 200,
                  render: (_, d) => (
                    <Link to="/customers/$personId" params={{ personId: d.person_id }} className="fp-link-row">
                      {d.name || t('customer.nameless')}
                    </Link>
                  ),
                },
                {
                  title: t('carriers.friendOf'),
                  render: (_, d) => (
                    <span className="fp-acc-holders">
                      {d.holders.map((h) => (
                        <span key={h.user_id}>
                          {h.name || h.user_id} <span className="fp-muted fp-small"><DayText at={h.since} /></span>
                          {h.user_id === d.owner_user_id && <Tag color="processing" variant="filled">{t('carriers.owns')}</Tag>}
                        </span>
                      ))}
                    </span>
                  ),
                },
              ]}
            />
          )}
          <Pager at={at} size={size} rows={list.data.items.length} next={list.data.next_cursor} />
        </div>
      )}
    </div>
  );
}
