import { Button, Card, Form, Input, Modal, Select } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { persons } from '../../api/endpoints';
import type { Person } from '../../api/types';
import { TimeText } from '../../ui/values';
import { usePersonChange } from './usePersonChange';

const purposes = ['marketing', 'profiling', 'service', 'partner_sharing'] as const;

interface Fields {
  purpose: string;
  granted: boolean;
  text_version: string;
  source: string;
}

/** What the person has agreed to, per purpose, with the proof. */
export function ConsentCard({ person: p, write }: { person: Person; write: boolean }) {
  const { t } = useTranslation();
  const [open, setOpen] = useState(false);
  const [form] = Form.useForm<Fields>();
  const save = usePersonChange(
    p.id,
    (body: Fields) => persons.giveConsent(p.id, body),
    () => {
      setOpen(false);
      form.resetFields();
    },
  );
  const purposeName = (purpose: string) => t(`consent.purpose.${purpose}`, { defaultValue: purpose });
  return (
    <Card
      title={t('consent.title')}
      extra={
        write && (
          <Button size="small" type="text" onClick={() => setOpen(true)}>
            {t('consent.record')}
          </Button>
        )
      }
    >
      {(p.consents ?? []).length === 0 && <span className="fp-muted">{t('consent.none')}</span>}
      <ul className="fp-list">
        {(p.consents ?? []).map((c) => (
          <li key={c.purpose}>
            <span className="fp-grow">
              {purposeName(c.purpose)}
              <br />
              <span className="fp-muted fp-small">
                {[c.source, c.text_version].filter(Boolean).join(' · ')}
                {c.at && (
                  <>
                    {' · '}
                    <TimeText at={c.at} />
                  </>
                )}
              </span>
            </span>
            <span className={c.granted ? 'fp-yes' : 'fp-no'}>{t(c.granted ? 'consent.granted' : 'consent.withdrawn')}</span>
          </li>
        ))}
      </ul>
      <Modal
        open={open}
        title={t('consent.record')}
        onCancel={() => setOpen(false)}
        okText={t('common.save')}
        okButtonProps={{ loading: save.isPending }}
        onOk={form.submit}
      >
        <Form form={form} layout="vertical" requiredMark={false} initialValues={{ purpose: 'marketing', granted: true }} onFinish={(v) => save.mutate(v)}>
          <Form.Item name="purpose" label={t('consent.purposeLabel')}>
            <Select options={purposes.map((x) => ({ value: x, label: purposeName(x) }))} />
          </Form.Item>
          <Form.Item name="granted" label={t('consent.decision')}>
            <Select
              options={[
                { value: true, label: t('consent.granted') },
                { value: false, label: t('consent.withdrawn') },
              ]}
            />
          </Form.Item>
          <Form.Item name="text_version" label={t('consent.version')} extra={t('consent.versionHelp')} rules={[{ required: true, whitespace: true, message: t('field.required') }]}>
            <Input maxLength={100} />
          </Form.Item>
          <Form.Item name="source" label={t('consent.source')} extra={t('consent.sourceHelp')} rules={[{ required: true, whitespace: true, message: t('field.required') }]}>
            <Input maxLength={100} />
          </Form.Item>
        </Form>
      </Modal>
    </Card>
  );
}
