import { ArrowDownOutlined, ArrowUpOutlined, DeleteOutlined, PlusOutlined } from '@ant-design/icons';
import { Button, Input, InputNumber } from 'antd';
import { useTranslation } from 'react-i18next';
import type { CodeSpec } from '../../api/acquisition';
import { Field } from '../../ui/Field';

type Chat = NonNullable<CodeSpec['chats']>[number];

interface Props {
  chats: Chat[];
  page: boolean;
  onChange: (chats: Chat[]) => void;
  errorAt: (path: string) => string | undefined;
}

/** The group chats of a group code, in the order in which they are filled. */
export function ChatsSection({ chats, page, onChange, errorAt }: Props) {
  const { t } = useTranslation();
  const set = (i: number, patch: Partial<Chat>) => onChange(chats.map((c, n) => (n === i ? { ...c, ...patch } : c)));
  const move = (i: number, by: number) => {
    const out = [...chats];
    [out[i], out[i + by]] = [out[i + by]!, out[i]!];
    onChange(out);
  };
  return (
    <div className="fp-stack">
      {chats.map((c, i) => (
        <section key={i} className="fp-slot" aria-label={t('chats.number', { number: i + 1 })}>
          <div className="fp-card-line">
            <b>{t('chats.number', { number: i + 1 })}</b>
            <span>
              <Button size="small" type="text" icon={<ArrowUpOutlined />} disabled={i === 0} aria-label={t('chats.up', { number: i + 1 })} onClick={() => move(i, -1)} />
              <Button size="small" type="text" icon={<ArrowDownOutlined />} disabled={i === chats.length - 1} aria-label={t('chats.down', { number: i + 1 })} onClick={() => move(i, 1)} />
              <Button size="small" type="text" icon={<DeleteOutlined />} aria-label={t('chats.remove', { number: i + 1 })} onClick={() => onChange(chats.filter((_, n) => n !== i))} />
            </span>
          </div>
          <div className="fp-three">
            <Field label={t('chats.id')} error={errorAt(`chats[${i}].chat_id`)}>
              {(id) => <Input id={id} value={c.chat_id} maxLength={64} onChange={(e) => set(i, { chat_id: e.target.value.trim() })} />}
            </Field>
            <Field label={t('chats.name')} error={errorAt(`chats[${i}].name`)}>
              {(id) => <Input id={id} value={c.name ?? ''} maxLength={60} onChange={(e) => set(i, { name: e.target.value })} />}
            </Field>
            <Field label={t('chats.capacity')} error={errorAt(`chats[${i}].capacity`)}>
              {(id) => <InputNumber id={id} className="fp-full" min={1} max={500} precision={0} value={c.capacity || null} placeholder="180" onChange={(n) => set(i, { capacity: n ?? 0 })} />}
            </Field>
          </div>
          {page && (
            <Field label={t('chats.qr')} help={t('chats.qrHelp')} error={errorAt(`chats[${i}].qr_url`)}>
              {(id) => <Input id={id} value={c.qr_url ?? ''} maxLength={2048} placeholder="https://" onChange={(e) => set(i, { qr_url: e.target.value.trim() })} />}
            </Field>
          )}
        </section>
      ))}
      {errorAt('chats') && (
        <div className="fp-no fp-small" role="alert">
          {errorAt('chats')}
        </div>
      )}
      <div>
        <Button icon={<PlusOutlined />} disabled={chats.length >= 50} onClick={() => onChange([...chats, { chat_id: '' }])}>
          {t('chats.add')}
        </Button>
      </div>
      <span className="fp-muted fp-small">{t('chats.help')}</span>
    </div>
  );
}
