package officialaccount

import (
	"slices"
	"sort"
)

// info is a follower as 「获取用户基本信息(UnionID机制)」 tells it.
func (c *call) info(f *Follower) reply {
	out := reply{"subscribe": 0, "openid": f.OpenID}
	p, _ := c.w.People.Get(f.Person)
	if id := p.Unionid(c.a.OpenAccount); id != "" {
		out["unionid"] = id
	}
	if !f.Following {
		return out
	}
	// Nickname and portrait are empty since the end of 2021.
	for k, v := range (reply{"subscribe": 1, "nickname": "", "sex": 0, "language": "zh_CN", "city": "", "province": "", "country": "", "headimgurl": "",
		"subscribe_time": f.Since, "remark": f.Remark, "groupid": 0, "tagid_list": []int{}, "subscribe_scene": f.Scene, "qr_scene": f.QRScene, "qr_scene_str": f.QRSceneStr}) {
		out[k] = v
	}
	return out
}

func userInfo(c *call) (any, error) {
	f := c.a.Followers[c.q.Get("openid")]
	if f == nil {
		return nil, fail(40003)
	}
	return c.info(f), nil
}

// userInfoBatch answers 「批量获取用户基本信息」: up to 100.
func userInfoBatch(c *call) (any, error) {
	var in struct {
		List []struct {
			OpenID string `json:"openid"`
		} `json:"user_list"`
	}
	if err := c.decode(&in); err != nil {
		return nil, err
	}
	if len(in.List) == 0 || len(in.List) > 100 {
		return nil, fail(40097)
	}
	out := []reply{}
	for _, u := range in.List {
		f := c.a.Followers[u.OpenID]
		if f == nil {
			return nil, fail(40003)
		}
		out = append(out, c.info(f))
	}
	return reply{"user_info_list": out}, nil
}

// updateRemark answers 「设置用户备注名」.
func updateRemark(c *call) (any, error) {
	var in struct {
		OpenID string `json:"openid"`
		Remark string `json:"remark"`
	}
	if err := c.decode(&in); err != nil {
		return nil, err
	}
	f := c.a.Followers[in.OpenID]
	switch {
	case f == nil:
		return nil, fail(40003)
	case !f.Following:
		return nil, fail(43004)
	case len([]rune(in.Remark)) >= 30:
		return nil, fail(40097)
	}
	f.Remark = in.Remark
	return nil, nil
}

// followersPage is how many openids 「获取用户列表」 gives at once.
const followersPage = 10_000

func userGet(c *call) (any, error) {
	var all []*Follower
	for _, f := range c.a.Followers {
		if f.Following {
			all = append(all, f)
		}
	}
	sort.Slice(all, func(i, j int) bool { return all[i].OpenID < all[j].OpenID })
	from := 0
	if next := c.q.Get("next_openid"); next != "" {
		i := slices.IndexFunc(all, func(f *Follower) bool { return f.OpenID == next })
		if i < 0 {
			return nil, fail(40003)
		}
		from = i + 1
	}
	page := all[from:min(from+followersPage, len(all))]
	out := reply{"total": len(all), "count": len(page), "next_openid": ""}
	if len(page) > 0 {
		ids := make([]string, len(page))
		for i, f := range page {
			ids[i] = f.OpenID
		}
		out["data"], out["next_openid"] = reply{"openid": ids}, ids[len(ids)-1]
	}
	return out, nil
}

// QR is a code with a parameter.
type QR struct {
	Ticket  string `json:"ticket"`
	ID      string `json:"id"`       // in the address that it holds
	SceneID int64  `json:"scene_id"` // or
	Scene   string `json:"scene_str"`
	Expires int64  `json:"expires"` // seconds; 0: never
}

const (
	maxLasting    = 100_000
	longestExpiry = 2_592_000
	usualExpiry   = 60
)

// qrCreate answers 「生成带参数的二维码」.
func qrCreate(c *call) (any, error) {
	var in struct {
		Expire int64  `json:"expire_seconds"`
		Action string `json:"action_name"`
		Info   struct {
			Scene struct {
				ID  int64  `json:"scene_id"`
				Str string `json:"scene_str"`
			} `json:"scene"`
		} `json:"action_info"`
	}
	if err := c.decode(&in); err != nil {
		return nil, err
	}
	q := &QR{SceneID: in.Info.Scene.ID, Scene: in.Info.Scene.Str}
	lasting := false
	switch in.Action {
	case "QR_SCENE":
		if q.SceneID < 1 || q.SceneID > 1<<32-1 {
			return nil, fail(40053)
		}
		q.Scene = ""
	case "QR_STR_SCENE", "QR_LIMIT_STR_SCENE":
		lasting = in.Action == "QR_LIMIT_STR_SCENE"
		if len(q.Scene) < 1 || len(q.Scene) > 64 {
			return nil, fail(40053)
		}
		q.SceneID = 0
	case "QR_LIMIT_SCENE":
		lasting = true
		if q.SceneID < 1 || q.SceneID > maxLasting {
			return nil, fail(40053)
		}
		q.Scene = ""
	default:
		return nil, fail(40053)
	}
	out := reply{}
	if lasting {
		n := 0
		for _, have := range c.a.Codes {
			if have.Expires == 0 {
				n++
				if have.SceneID == q.SceneID && have.Scene == q.Scene { // one scene, one code
					return reply{"ticket": have.Ticket, "url": c.w.base(c.r) + "/scan/oa/" + have.ID}, nil
				}
			}
		}
		if n >= maxLasting {
			return nil, fail(45029)
		}
	} else {
		if in.Expire == 0 {
			in.Expire = usualExpiry
		}
		if in.Expire < 0 || in.Expire > longestExpiry {
			return nil, fail(40097)
		}
		q.Expires = c.at.Unix() + in.Expire
		out["expire_seconds"] = in.Expire
	}
	q.Ticket, q.ID = "gQ"+random(94), random(16)
	c.a.Codes[q.Ticket] = q
	out["ticket"], out["url"] = q.Ticket, c.w.base(c.r)+"/scan/oa/"+q.ID
	return out, nil
}

// CodeOfTicket is what the picture of a ticket holds (「通过ticket换取二维码」): the end of
// its address, after /scan/.
func (w *World) CodeOfTicket(ticket string) (string, bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, a := range w.accounts {
		if q := a.Codes[ticket]; q != nil && (q.Expires == 0 || q.Expires > w.Clock().Unix()) {
			return "oa/" + q.ID, true
		}
	}
	return "", false
}
