import { useMutation, useQueryClient } from '@tanstack/react-query';
import { Drawer, Button, Form, Input, Radio, Select } from 'antd';
import { useTranslation } from 'react-i18next';
import { carriers } from '../../api/endpoints';
import type { Account, AccountMember, Transfer } from '../../api/types';
import { useFormat } from '../../app/useFormat';
import { ProblemView, showFieldErrors } from '../../ui/ProblemView';
import { ChooseCustomers } from './ChooseCustomers';
import { memberName, useMembers } from './useAccounts';

interface Fields {
  account_id: string;
  kind: Transfer['kind'];
  from_user_id: string;
  to_user_id: string;
  scope: 'all' | 'some';
  external_ids?: string[];
  words?: string;
  sure?: string;
}

interface Props {
  accounts: Account[];
  initial: Record<string, string>;
  onClose: () => void;
  onStarted: (transfer: Transfer) => void;
}

/** From so many customers on the number is to be typed: each of them will be told. */
const manyFrom = 20;
/** How many the server takes one by one; all of a member's customers are not counted that way. */
const mostChosen = 1_000;

/** Hands customers over: who to whom, which, and what they will read. */
export function StartTransfer({ accounts, initial, onClose, onStarted }: Props) {
  const { t } = useTranslation();
  const f = useFormat();
  const queryClient = useQueryClient();
  const [form] = Form.useForm<Fields>();
  const first = accounts.find((a) => a.id === initial.account) ?? accounts[0];
  const accountId = Form.useWatch('account_id', form) ?? first?.id;
  const kind = Form.useWatch('kind', form) ?? (initial.kind === 'resigned' ? 'resigned' : 'in_service');
  const from = Form.useWatch('from_user_id', form) ?? initial.from;
  const to = Form.useWatch('to_user_id', form);
  const scope = Form.useWatch('scope', form) ?? 'all';
  const chosen = Form.useWatch('external_ids', form) ?? [];
  const members = useMembers(accountId);
  const all = members.data?.items ?? [];
  const label = (m: AccountMember) => ({ value: m.user_id, label: `${memberName(m)} · ${t('carriers.friendsCount', { count: m.friends, number: f.number(m.friends) })}` });
  const givers = all.filter((m) => m.friends > 0 && (kind === 'resigned' ? m.status === 'left' : m.status !== 'left'));
  const takers = all.filter((m) => m.status === 'active' && m.user_id !== from);
  const giver = givers.find((m) => m.user_id === from);
  const taker = takers.find((m) => m.user_id === to);
  const count = scope === 'all' ? (giver?.friends ?? 0) : chosen.length;
  const start = useMutation({
    mutationFn: (v: Fields) =>
      carriers.startTransfer({
        account_id: accountId ?? '',
        kind: v.kind,
        from_user_id: v.from_user_id,
        to_user_id: v.to_user_id,
        ...(v.scope === 'some' ? { external_ids: v.external_ids ?? [] } : {}),
        ...(v.kind === 'in_service' && v.words?.trim() ? { words: v.words.trim() } : {}),
      }),
    onSuccess: async (x) => {
      await queryClient.invalidateQueries({ queryKey: ['carriers', 'transfers'] });
      onStarted(x);
    },
    onError: (e) => {
      if (showFieldErrors(form, e)) start.reset();
    },
  });
  const needed = { required: true, message: t('field.required') };
  return (
    <Drawer
      open
      title={t('carriers.transferStart')}
      onClose={onClose}
      size={560}
      footer={
        <div className="fp-acc-foot">
          <Button onClick={onClose}>{t('common.cancel')}</Button>
          <Button type="primary" loading={start.isPending} disabled={count === 0 || !taker} onClick={() => form.submit()}>
            {t('carriers.transferGo', { count, number: f.number(count) })}
          </Button>
        </div>
      }
    >
      <Form<Fields>
        form={form}
        layout="vertical"
        requiredMark={false}
        initialValues={{ account_id: first?.id, kind: initial.kind === 'resigned' ? 'resigned' : 'in_service', from_user_id: initial.from, scope: 'all' }}
        onFinish={(v) => start.mutate(v)}
        onValuesChange={(change: Partial<Fields>) => {
          if ('account_id' in change || 'kind' in change) form.setFieldsValue({ from_user_id: undefined, to_user_id: undefined, external_ids: [] });
          if ('from_user_id' in change) form.setFieldsValue({ external_ids: [], ...(change.from_user_id === to ? { to_user_id: undefined } : {}) });
        }}
      >
        {accounts.length > 1 && (
          <Form.Item name="account_id" label={t('carriers.account')}>
            <Select options={accounts.map((a) => ({ value: a.id, label: a.name }))} />
          </Form.Item>
        )}
        <Form.Item name="kind" label={t('carriers.transferKind')} extra={t(`carriers.transferKind_${kind}Help`)}>
          <Radio.Group options={(['in_service', 'resigned'] as const).map((k) => ({ value: k, label: t(`carriers.transferKind_${k}`) }))} />
        </Form.Item>
        {members.isError && <ProblemView error={members.error} onRetry={() => void members.refetch()} />}
        <Form.Item name="from_user_id" label={t('carriers.from')} rules={[needed]} extra={members.data && givers.length === 0 ? t(`carriers.noGivers_${kind}`) : undefined}>
          <Select showSearch={{ optionFilterProp: 'label' }} loading={members.isPending} options={givers.map(label)} placeholder={t('carriers.chooseMember')} />
        </Form.Item>
        <Form.Item name="to_user_id" label={t('carriers.takeOver')} rules={[needed]}>
          <Select showSearch={{ optionFilterProp: 'label' }} loading={members.isPending} options={takers.map(label)} placeholder={t('carriers.chooseMember')} />
        </Form.Item>
        <Form.Item name="scope" label={t('carriers.which')}>
          <Radio.Group
            options={[
              { value: 'all', label: giver ? t('carriers.allOf', { count: giver.friends, number: f.number(giver.friends) }) : t('carriers.allCustomers') },
              { value: 'some', label: t('carriers.chooseSome') },
            ]}
          />
        </Form.Item>
        {scope === 'some' &&
          (giver && accountId ? (
            <Form.Item name="external_ids" rules={[{ validator: async (_, v?: string[]) => { if ((v ?? []).length > mostChosen) throw new Error(t('carriers.tooMany', { number: f.number(mostChosen) })); } }]}>
              <ChooseCustomers accountId={accountId} user={giver.user_id} />
            </Form.Item>
          ) : (
            <p className="fp-muted">{t('carriers.chooseFromFirst')}</p>
          ))}
        {kind === 'in_service' && (
          <Form.Item name="words" label={t('carriers.words')} extra={t('carriers.wordsHelp')}>
            <Input.TextArea rows={2} maxLength={200} placeholder={t('carriers.wordsExample')} />
          </Form.Item>
        )}
        {count > 0 && giver && taker && (
          <p className="fp-acc-say" data-summary={count}>
            {t('carriers.transferSay', { count, number: f.number(count), from: memberName(giver), to: memberName(taker) })}
          </p>
        )}
        {count >= manyFrom && (
          <Form.Item
            name="sure"
            label={t('carriers.typeNumber', { count })}
            validateTrigger="onSubmit"
            dependencies={['scope', 'external_ids', 'from_user_id']}
            rules={[{ validator: async (_, v?: string) => { if (v?.trim() !== String(count)) throw new Error(t('carriers.typeNumber', { count })); } }]}
          >
            <Input inputMode="numeric" autoComplete="off" style={{ width: 160 }} />
          </Form.Item>
        )}
        {start.isError && <ProblemView error={start.error} />}
      </Form>
    </Drawer>
  );
}
