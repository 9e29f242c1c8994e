import { BoldOutlined, ClearOutlined, ItalicOutlined, LinkOutlined, OrderedListOutlined, PictureOutlined, UnorderedListOutlined } from '@ant-design/icons';
import { Button, Input, Modal } from 'antd';
import { useEffect, useRef, useState, type ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { content } from '../../api/content';
import { useNotifyProblem } from '../../ui/ProblemView';

/**
 * Rich text as browsers edit it. What is pasted comes in as plain text, and the server takes
 * out whatever is not safe, so nothing that somebody else has written runs here.
 */
export function RichEditor({ value = '', onChange, id }: { value?: string; onChange?: (html: string) => void; id?: string }) {
  const { t } = useTranslation();
  const notify = useNotifyProblem();
  const area = useRef<HTMLDivElement>(null);
  const input = useRef<HTMLInputElement>(null);
  const said = useRef<string>(undefined);
  const place = useRef<Range>(undefined);
  const [link, setLink] = useState<string>();
  useEffect(() => {
    if (area.current && value !== said.current) {
      area.current.innerHTML = value; // from the server, which has cleaned it
      said.current = value;
    }
  }, [value]);
  const tell = () => {
    said.current = area.current?.innerHTML ?? '';
    onChange?.(said.current);
  };
  const keep = () => {
    const selection = getSelection();
    if (selection?.rangeCount && area.current?.contains(selection.anchorNode)) place.current = selection.getRangeAt(0).cloneRange();
  };
  const back = () => {
    area.current?.focus();
    const selection = getSelection();
    if (selection && place.current) {
      selection.removeAllRanges();
      selection.addRange(place.current);
    }
  };
  // Old, and the one way in which every browser edits with its own undo.
  const run = (command: string, argument?: string) => {
    back();
    document.execCommand(command, false, argument);
    keep();
    tell();
  };
  const insert = async (file: File | undefined) => {
    if (!file) return;
    try {
      const stored = await content.upload(file);
      run('insertHTML', `<img src="${content.fileAddress(stored.id)}" alt=""><br>`);
    } catch (error) {
      notify(error);
    }
  };
  const tool = (name: string, icon: ReactNode, act: () => void) => (
    <Button size="small" type="text" icon={icon} title={t(`content.rich.${name}`)} aria-label={t(`content.rich.${name}`)} onMouseDown={(e) => e.preventDefault()} onClick={act} />
  );
  return (
    <div className="fp-content-rich">
      <div role="toolbar" aria-label={t('content.rich.tools')}>
        {tool('bold', <BoldOutlined />, () => run('bold'))}
        {tool('italic', <ItalicOutlined />, () => run('italic'))}
        {tool('heading', <b>H</b>, () => run('formatBlock', 'h2'))}
        {tool('paragraph', <span>¶</span>, () => run('formatBlock', 'p'))}
        {tool('list', <UnorderedListOutlined />, () => run('insertUnorderedList'))}
        {tool('numbers', <OrderedListOutlined />, () => run('insertOrderedList'))}
        {tool('quote', <span>”</span>, () => run('formatBlock', 'blockquote'))}
        {tool('link', <LinkOutlined />, () => setLink('https://'))}
        {tool('picture', <PictureOutlined />, () => input.current?.click())}
        {tool('clear', <ClearOutlined />, () => run('removeFormat'))}
        <input
          ref={input}
          type="file"
          accept="image/*"
          style={{ display: 'none' }}
          aria-label={t('content.rich.picture')}
          onChange={(e) => {
            void insert(e.target.files?.[0]);
            e.target.value = '';
          }}
        />
      </div>
      <div
        id={id}
        ref={area}
        className="area"
        contentEditable
        role="textbox"
        aria-multiline="true"
        aria-label={t('content.html')}
        tabIndex={0}
        onInput={tell}
        onBlur={keep}
        onKeyUp={keep}
        onMouseUp={keep}
        onPaste={(e) => {
          const file = [...e.clipboardData.files].find((x) => x.type.startsWith('image/'));
          e.preventDefault();
          keep();
          if (file) void insert(file);
          else run('insertText', e.clipboardData.getData('text/plain'));
        }}
      />
      <Modal
        open={link !== undefined}
        title={t('content.rich.link')}
        okText={t('common.add')}
        cancelText={t('common.cancel')}
        okButtonProps={{ disabled: !/^https?:\/\/./.test(link ?? '') }}
        onCancel={() => setLink(undefined)}
        onOk={() => {
          run('createLink', link);
          setLink(undefined);
        }}
        destroyOnHidden
      >
        <Input value={link} aria-label={t('content.rich.linkAsk')} onChange={(e) => setLink(e.target.value)} maxLength={2048} />
      </Modal>
    </div>
  );
}
