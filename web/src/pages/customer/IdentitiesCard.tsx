import { CloseOutlined, PlusOutlined } from '@ant-design/icons';
import { App, Button, Card, Form, Input, Select, Tooltip } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { persons } from '../../api/endpoints';
import type { Identity, Person } from '../../api/types';
import { TimeText } from '../../ui/values';
import { identityKinds } from './identityKinds';
import { usePersonChange } from './usePersonChange';

export function IdentitiesCard({ person: p, write }: { person: Person; write: boolean }) {
  const { t } = useTranslation();
  const { notification } = App.useApp();
  const [adding, setAdding] = useState(false);
  const [form] = Form.useForm<{ kind: string; value: string }>();
  const add = usePersonChange(
    p.id,
    (v: { kind: string; value: string }) => persons.addIdentity(p.id, { kind: v.kind, value: v.value.trim() }),
    () => {
      setAdding(false);
      form.resetFields();
    },
  );
  const remove = usePersonChange(
    p.id,
    (i: Identity) => persons.removeIdentity(p.id, i.kind, i.value),
    (i) => {
      const key = `identity-${i.kind}-${i.value}`;
      notification.info({
        key,
        title: t('customer.identityRemoved', { value: i.value }),
        actions: (
          <Button
            size="small"
            onClick={() => {
              notification.destroy(key);
              add.mutate({ kind: i.kind, value: i.value });
            }}
          >
            {t('common.undo')}
          </Button>
        ),
      });
    },
  );
  return (
    <Card
      title={t('customer.identities')}
      extra={
        write && (
          <Button size="small" type="text" icon={<PlusOutlined />} onClick={() => setAdding(!adding)} aria-expanded={adding}>
            {t('common.add')}
          </Button>
        )
      }
    >
      {adding && (
        <Form form={form} className="fp-inline-form" initialValues={{ kind: 'phone' }} onFinish={(v) => add.mutate(v)}>
          <Form.Item name="kind" noStyle>
            <Select
              size="small"
              style={{ width: 124 }}
              aria-label={t('field.identityKind')}
              options={identityKinds.map((k) => ({ value: k, label: t(`identity.${k}`) }))}
            />
          </Form.Item>
          <Form.Item name="value" noStyle rules={[{ required: true, whitespace: true }]}>
            <Input size="small" autoFocus aria-label={t('field.identity')} maxLength={300} />
          </Form.Item>
          <Button size="small" type="primary" htmlType="submit" loading={add.isPending}>
            {t('common.save')}
          </Button>
        </Form>
      )}
      <ul className="fp-list">
        {p.identities.map((i) => (
          <li key={`${i.kind} ${i.value}`}>
            <span className="fp-grow">
              <span className="fp-muted fp-small">
                {t(`identity.${i.kind}`, { defaultValue: i.kind })}
                {i.strength && (
                  <Tooltip title={t(`identity.${i.strength}Why`)}>
                    <span> · {t(`identity.${i.strength}`)}</span>
                  </Tooltip>
                )}
                {i.created_at && (
                  <>
                    {' · '}
                    <TimeText at={i.created_at} />
                  </>
                )}
              </span>
              <br />
              <span className="fp-break">{i.value}</span>
            </span>
            {write && (
              <Button
                size="small"
                type="text"
                icon={<CloseOutlined />}
                aria-label={t('customer.removeIdentity', { value: i.value })}
                onClick={() => remove.mutate(i)}
              />
            )}
          </li>
        ))}
      </ul>
      {p.identities.length === 0 && <span className="fp-muted">{t('common.none')}</span>}
    </Card>
  );
}
