import { BulbOutlined, FileImageOutlined, LinkOutlined, SendOutlined, SettingOutlined, SmileOutlined, ThunderboltOutlined } from '@ant-design/icons';
import { useQuery } from '@tanstack/react-query';
import { App, Button, Checkbox, Dropdown, Form, Input, Modal, Popover, Segmented, Space, Tooltip } from 'antd';
import type { TextAreaRef } from 'antd/es/input/TextArea';
import { useEffect, useId, useImperativeHandle, useRef, useState, type KeyboardEvent, type Ref } from 'react';
import { useTranslation } from 'react-i18next';
import { assistant, inbox, media, quickReplies, type Conversation, type Details, type Part, type Post, type QuickReply } from '../../api/inbox';
import { useMay, useMe } from '../../app/me';
import { store as keep, stored } from '../../app/preferences';
import { useNotifyProblem } from '../../ui/ProblemView';
import { SendSurvey } from '../surveys/SendSurvey';
import { useOfferedReply } from '../today/useOfferedReply';
import { emoji } from './emoji';
import { safeUrl } from './highlight';
import { QuickPicker, useQuickReplies } from './QuickPicker';
import { Uploads, useUploads } from './Uploads';
import { useDraft } from './useDraft';
import { WindowNotice } from './WindowNotice';
import { wordsOf, type Outgoing } from './state/outbox';
import { useInboxStore } from './state/useInbox';

export interface ComposerHandle {
  focus: () => void;
  note: () => void;
  edit: (o: Outgoing) => void;
}

interface Props {
  conversation: Conversation;
  details: Details | undefined;
  ref: Ref<ComposerHandle>;
}

const enterKey = 'fishpond.inbox.enter';
/** How often colleagues are told that one is typing, in milliseconds: it is forgotten after eight seconds. */
const typingEvery = 4_000;

/** Where staff write: to the customer, or a note among themselves. */
export function Composer({ conversation: c, details, ref }: Props) {
  const { t } = useTranslation();
  const me = useMe().staff;
  const may = useMay();
  const store = useInboxStore();
  const notify = useNotifyProblem();
  const can = details?.composer;
  const draft = useDraft(me.id, c.id, details?.draft, may('inbox.write'));
  const field = useRef<TextAreaRef>(null);
  const [mode, setMode] = useState<'message' | 'note'>('message');
  const [noteText, setNoteText] = useState('');
  const [extra, setExtra] = useState<Part[]>([]);
  const [subject, setSubject] = useState('');
  const [template, setTemplate] = useState('');
  const [parameters, setParameters] = useState('');
  const [enterSends, setEnterSends] = useState(() => stored(enterKey) !== 'ctrl');
  const [linking, setLinking] = useState(false);
  const [pick, setPick] = useState(0);
  const [dismissed, setDismissed] = useState('');
  const uploads = useUploads(notify);
  const listId = useId();
  const said = useRef(0);

  const { notification } = App.useApp();
  const helper = useQuery({ queryKey: ['inbox', 'assistant'], queryFn: assistant.read, staleTime: 5 * 60_000, retry: false });
  const [suggesting, setSuggesting] = useState(false);

  const note = mode === 'note';
  const text = note ? noteText : draft.text;
  const setText = note ? setNoteText : draft.change;
  const byTemplate = !note && (can?.needs.includes('template') ?? false);
  const closed = !note && can !== undefined && !can.open;

  // A slash at the beginning looks for quick replies.
  const typed = !note && !closed && !byTemplate && text.startsWith('/') && !text.includes('\n') && text !== dismissed ? text.slice(1) : undefined;
  const quick = useQuickReplies(typed, c.account_id);
  const offered = typed === undefined ? undefined : quick.data?.items;
  useEffect(() => setPick(0), [typed]);

  useImperativeHandle(ref, () => ({
    focus: () => field.current?.focus(),
    note: () => {
      setMode('note');
      setTimeout(() => field.current?.focus());
    },
    edit: (o) => {
      const words = wordsOf((o.post.parts ?? []).filter((p) => p.kind === 'text'));
      setMode(o.kind);
      if (o.kind === 'note') setNoteText(words);
      else {
        draft.change(words);
        setExtra((o.post.parts ?? []).filter((p) => p.kind !== 'text'));
        setSubject(o.post.subject ?? '');
      }
      setTimeout(() => field.current?.focus());
    },
  }));

  const bytes = new TextEncoder().encode(text).length;
  const over = !note && can && can.max_text > 0 && bytes > can.max_text;
  const parts: Part[] = [...(text.trim() ? [{ kind: 'text', text: text.trim() }] : []), ...extra, ...uploads.parts];
  const tooMany = !note && can && can.max_parts > 0 && parts.length > can.max_parts;
  const subjectMissing = !note && can?.needs.includes('subject') && subject.trim() === '';
  const ready = note ? text.trim() !== '' : !closed && !uploads.busy && !over && !tooMany && !subjectMissing && (byTemplate ? template.trim() !== '' : parts.length > 0);

  const send = () => {
    if (!ready || !may('inbox.write')) return;
    if (note) {
      store.outbox.add({ conversation: c.id, kind: 'note', post: { parts: [{ kind: 'text', text: text.trim() }] } });
      setNoteText('');
      setMode('message');
    } else {
      const post: Omit<Post, 'key'> = byTemplate
        ? { template: template.trim(), parameters: parameters.split('\n').map((p) => p.trim()).filter(Boolean) }
        : { parts, ...(can?.needs.includes('subject') ? { subject: subject.trim() } : {}) };
      store.outbox.add({ conversation: c.id, kind: 'message', post });
      draft.sent();
      setExtra([]);
      uploads.clear();
      setTemplate('');
      setParameters('');
    }
    said.current = 0;
    void store.look(c.id, {});
    field.current?.focus();
  };

  const insert = (what: string) => {
    const element = field.current?.resizableTextArea?.textArea;
    const at = element?.selectionStart ?? text.length;
    const to = element?.selectionEnd ?? at;
    setText(text.slice(0, at) + what + text.slice(to));
    setTimeout(() => {
      element?.focus();
      element?.setSelectionRange(at + what.length, at + what.length);
    });
  };

  const use = async (q: Pick<QuickReply, 'id'>) => {
    setDismissed(text);
    try {
      const { items } = await quickReplies.use(q.id, c.id);
      draft.change(wordsOf(items.filter((p) => p.kind === 'text')));
      setExtra((was) => [...was, ...items.filter((p) => p.kind !== 'text')]);
      setTimeout(() => field.current?.focus({ cursor: 'end' }));
    } catch (error) {
      setDismissed('');
      notify(error);
    }
  };

  useOfferedReply(can?.open === true && !byTemplate && may('inbox.write'), draft.text === '', (q) => void use(q));

  /** A draft stands in the field like any other: nothing is sent until somebody sends it. */
  const suggest = async () => {
    setSuggesting(true);
    try {
      const { text: drafted, based_on } = await inbox.suggest(c.id);
      draft.change(drafted);
      notification.info({ key: 'suggestion', title: t('inbox.suggested'), description: based_on.length > 0 && t('inbox.basedOn', { titles: based_on.join(t('common.listSeparator')) }), duration: 6 });
      setTimeout(() => field.current?.focus({ cursor: 'end' }));
    } catch (error) {
      notify(error);
    } finally {
      setSuggesting(false);
    }
  };

  const press = (e: KeyboardEvent<HTMLTextAreaElement>) => {
    if (e.nativeEvent.isComposing) return;
    if (typed !== undefined && offered) {
      const step = e.key === 'ArrowDown' ? 1 : e.key === 'ArrowUp' ? -1 : 0;
      if (step && offered.length > 0) {
        e.preventDefault();
        setPick((n) => (n + step + offered.length) % offered.length);
        return;
      }
      if ((e.key === 'Enter' || e.key === 'Tab') && offered[pick]) {
        e.preventDefault();
        void use(offered[pick]);
        return;
      }
      if (e.key === 'Escape') {
        e.preventDefault();
        e.stopPropagation();
        setDismissed(text);
        return;
      }
    }
    if (e.key === 'Escape') {
      e.currentTarget.blur();
      return;
    }
    if (e.key !== 'Enter' || e.shiftKey || e.altKey) return;
    if (enterSends ? !e.ctrlKey && !e.metaKey : e.ctrlKey || e.metaKey) {
      e.preventDefault();
      send();
    } else if (enterSends && (e.ctrlKey || e.metaKey)) {
      e.preventDefault();
      insert('\n');
    }
  };

  if (!may('inbox.write')) return <p className="fp-inbox-composer fp-muted">{t('inbox.readOnly')}</p>;
  const someoneElses = c.assignee_staff_id !== '' && c.assignee_staff_id !== me.id;
  return (
    <div className={`fp-inbox-composer${note ? ' note' : ''}`}>
      {can && !note && <WindowNotice composer={can} onExpired={() => void store.refresh(c.id)} />}
      {someoneElses && !note && !closed && (
        <p className="fp-inbox-window warn" data-someone-elses>
          {t('inbox.someoneElses', { name: c.assignee_name })}{' '}
          <Button size="small" type="link" onClick={() => store.change(c.id, { assignee_staff_id: me.id }).catch(notify)}>
            {t('inbox.takeOver')}
          </Button>
        </p>
      )}
      {!note && !closed && can?.needs.includes('subject') && <Input size="small" value={subject} maxLength={200} placeholder={t('inbox.subject')} aria-label={t('inbox.subject')} onChange={(e) => setSubject(e.target.value)} />}
      {typed !== undefined && <QuickPicker id={listId} items={quick.isError ? [] : offered} at={pick} onPick={(q) => void use(q)} />}
      {!note && <Chosen parts={extra} onRemove={(i) => setExtra((was) => was.filter((_, n) => n !== i))} />}
      {!note && <Uploads uploads={uploads} />}
      {byTemplate && !closed ? (
        <Space orientation="vertical" style={{ width: '100%' }} size={4}>
          <Input value={template} maxLength={64} placeholder={t('inbox.template')} aria-label={t('inbox.template')} onChange={(e) => setTemplate(e.target.value)} />
          <Input.TextArea value={parameters} autoSize={{ minRows: 2, maxRows: 5 }} placeholder={t('inbox.parameters')} aria-label={t('inbox.parameters')} onChange={(e) => setParameters(e.target.value)} />
        </Space>
      ) : (
        <Input.TextArea
          ref={field}
          value={text}
          disabled={closed}
          variant="borderless"
          autoSize={{ minRows: 2, maxRows: 9 }}
          maxLength={note ? 4000 : 20_000}
          placeholder={note ? t('inbox.notePlaceholder') : closed ? t('inbox.closedPlaceholder') : t(enterSends ? 'inbox.placeholder' : 'inbox.placeholderCtrl')}
          aria-label={note ? t('inbox.writeNote') : t('inbox.write')}
          {...(typed !== undefined ? { role: 'combobox', 'aria-expanded': true, 'aria-controls': listId, 'aria-activedescendant': offered?.length ? `${listId}-${pick}` : undefined, 'aria-autocomplete': 'list' as const } : {})}
          onChange={(e) => {
            setText(e.target.value);
            setDismissed('');
            if (!note && e.target.value && Date.now() - said.current > typingEvery) {
              said.current = Date.now();
              void store.look(c.id, { typing: true });
            }
          }}
          onKeyDown={press}
          onPaste={(e) => {
            const files = [...e.clipboardData.files];
            if (files.length === 0 || note || !can?.parts.includes('image')) return;
            e.preventDefault();
            uploads.add(files, can.parts);
          }}
        />
      )}
      <div className="fp-inbox-tools">
        <Segmented
          size="small"
          value={mode}
          onChange={(m) => {
            setMode(m);
            setTimeout(() => field.current?.focus());
          }}
          aria-label={t('inbox.mode')}
          options={[
            { value: 'message' as const, label: t('inbox.reply') },
            { value: 'note' as const, label: t('inbox.note') },
          ]}
        />
        {!closed && !byTemplate && (
          <>
            <EmojiButton onPick={insert} />
            {!note && <SendSurvey personId={c.person_id} onInsert={insert} />}
            {!note && (
              <>
                <Tooltip title={t('inbox.quickHelp')}>
                  <Button
                    size="small"
                    type="text"
                    icon={<ThunderboltOutlined />}
                    aria-label={t('inbox.quickReplies')}
                    onClick={() => {
                      if (text === '') setText('/');
                      setDismissed('');
                      field.current?.focus({ cursor: 'end' });
                    }}
                  />
                </Tooltip>
                {can?.parts.some((p) => p !== 'text' && p !== 'link' && p !== 'mini_program' && p !== 'template') && <UploadButton onFiles={(files) => uploads.add(files, can.parts)} kinds={can.parts} />}
                {helper.data?.available && helper.data.enabled && (
                  <Tooltip title={t('inbox.suggestHelp')}>
                    <Button size="small" type="text" icon={<BulbOutlined />} loading={suggesting} aria-label={t('inbox.suggest')} onClick={() => void suggest()} />
                  </Tooltip>
                )}
                {can?.parts.includes('link') && (
                  <Tooltip title={t('inbox.addLink')}>
                    <Button size="small" type="text" icon={<LinkOutlined />} aria-label={t('inbox.addLink')} onClick={() => setLinking(true)} />
                  </Tooltip>
                )}
              </>
            )}
          </>
        )}
        <span className="fp-grow">{over && <span className="fp-no fp-small">{t('inbox.tooLong', { size: bytes, most: can.max_text })}</span>}{tooMany && <span className="fp-no fp-small">{t('inbox.tooManyParts', { count: can.max_parts })}</span>}</span>
        <Space.Compact>
          <Button type="primary" icon={<SendOutlined />} disabled={!ready} onClick={send}>
            {t(note ? 'inbox.saveNote' : 'inbox.send')}
          </Button>
          <Dropdown
            trigger={['click']}
            menu={{
              items: [
                {
                  key: 'enter',
                  label: (
                    <Checkbox checked={enterSends} tabIndex={-1}>
                      {t('inbox.enterSends')}
                    </Checkbox>
                  ),
                },
              ],
              onClick: () => {
                keep(enterKey, enterSends ? 'ctrl' : 'enter');
                setEnterSends(!enterSends);
              },
            }}
          >
            <Button type="primary" icon={<SettingOutlined />} aria-label={t('inbox.sendOptions')} />
          </Dropdown>
        </Space.Compact>
      </div>
      <LinkDialog open={linking} onClose={() => setLinking(false)} onAdd={(p) => setExtra((was) => [...was, p])} />
    </div>
  );
}

function EmojiButton({ onPick }: { onPick: (e: string) => void }) {
  const { t } = useTranslation();
  const [open, setOpen] = useState(false);
  return (
    <Popover
      trigger="click"
      open={open}
      onOpenChange={setOpen}
      destroyOnHidden
      content={
        <div className="fp-inbox-emoji" role="group" aria-label={t('inbox.emoji')}>
          {emoji.map((e) => (
            <button
              type="button"
              key={e}
              aria-label={e}
              onClick={() => {
                setOpen(false);
                onPick(e);
              }}
            >
              {e}
            </button>
          ))}
        </div>
      }
    >
      <Button size="small" type="text" icon={<SmileOutlined />} aria-label={t('inbox.emoji')} aria-expanded={open} />
    </Popover>
  );
}

function UploadButton({ onFiles, kinds }: { onFiles: (files: File[]) => void; kinds: readonly string[] }) {
  const { t } = useTranslation();
  const input = useRef<HTMLInputElement>(null);
  return (
    <>
      <input
        ref={input}
        type="file"
        hidden
        multiple
        accept={kinds.includes('file') ? undefined : 'image/png,image/jpeg,image/gif,image/webp'}
        aria-label={t('inbox.attach')}
        onChange={(e) => {
          onFiles([...(e.target.files ?? [])]);
          e.target.value = '';
        }}
      />
      <Tooltip title={t('inbox.attach')}>
        <Button size="small" type="text" icon={<FileImageOutlined />} aria-label={t('inbox.attach')} onClick={() => input.current?.click()} />
      </Tooltip>
    </>
  );
}

/** Parts besides the text: of a quick reply, or a link. */
function Chosen({ parts, onRemove }: { parts: readonly Part[]; onRemove: (index: number) => void }) {
  const { t } = useTranslation();
  if (parts.length === 0) return null;
  return (
    <ul className="fp-inbox-chosen" aria-label={t('inbox.attached')}>
      {parts.map((p, i) => (
        <li key={i}>
          {p.kind === 'image' && p.media_id ? <img src={media.address(p.media_id)} alt={p.title || t('inbox.type.image')} /> : <span>{p.title || p.text || safeUrl(p.url) || safeUrl(p.pic_url) || t(`inbox.type.${p.kind}`, { defaultValue: p.kind })}</span>}
          <Button size="small" type="text" aria-label={t('inbox.takeAway', { name: p.title || t(`inbox.type.${p.kind}`, { defaultValue: p.kind }) })} onClick={() => onRemove(i)}>
            ×
          </Button>
        </li>
      ))}
    </ul>
  );
}

function LinkDialog({ open, onClose, onAdd }: { open: boolean; onClose: () => void; onAdd: (p: Part) => void }) {
  const { t } = useTranslation();
  const [form] = Form.useForm<{ title: string; url: string; text?: string }>();
  return (
    <Modal open={open} title={t('inbox.addLink')} onCancel={onClose} okText={t('common.add')} onOk={form.submit} destroyOnHidden width={420}>
      <Form
        form={form}
        layout="vertical"
        requiredMark={false}
        preserve={false}
        onFinish={({ title, url, text }) => {
          onAdd({ kind: 'link', title: title.trim(), url: url.trim(), ...(text?.trim() ? { text: text.trim() } : {}) });
          onClose();
        }}
      >
        <Form.Item name="title" label={t('inbox.linkTitle')} rules={[{ required: true, whitespace: true, message: t('field.required') }]}>
          <Input maxLength={128} />
        </Form.Item>
        <Form.Item name="url" label={t('inbox.linkUrl')} rules={[{ validator: (_r, v: string) => (safeUrl(v?.trim()) ? Promise.resolve() : Promise.reject(new Error(t('inbox.linkWrong')))) }]}>
          <Input maxLength={2048} placeholder="https://" />
        </Form.Item>
        <Form.Item name="text" label={t('inbox.linkText')}>
          <Input maxLength={200} />
        </Form.Item>
      </Form>
    </Modal>
  );
}
