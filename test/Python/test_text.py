import numpy as np
import pytest

from quant_mlir import corpus, tokens
from quant_mlir.checkpoints import GGUFCheckpoint
from quant_mlir.errors import UserError
from quant_mlir.models import resolve_model

PROSE = "This sentence is long enough to count as prose because it has many words."
MORE = "Here is another sentence that is long enough for the filter to let it through."


def paragraphs(body):
    return corpus.page_paragraphs(f"<html><body>{body}</body></html>")[0]


def test_inline_markup_is_text():
    marked = PROSE.replace("sentence", "<em>sent<code>ence</code></em>")
    assert paragraphs(f"<p>{marked}</p><div class='para'>\n {MORE}</div>") == [
        PROSE,
        MORE,
    ]


@pytest.mark.parametrize(
    "body",
    [
        f"<pre><p>{PROSE}</p></pre>",
        f"<nav><ul><li><p>{PROSE}</p></li></ul></nav>",
        f"<table><tr><td><p>{PROSE}</p></td></tr></table>",
        f"<h1>{PROSE}</h1>",
        f"<p id='title'>{PROSE}</p>",
        f"<div>{PROSE}</div>",
        f"<p>{PROSE.rstrip('.')}</p>",
        "<p>Too short.</p>",
        f"<script>{PROSE}</script>",
    ],
)
def test_what_is_not_prose(body):
    assert paragraphs(body) == []


def test_blocks_inside_a_paragraph():
    body = (
        f"<div class='para'>{PROSE}<pre>x = 1</pre><ul><li>entry"
        f"<div class='para'>{MORE}</div></li></ul></div>"
    )
    assert paragraphs(body) == [PROSE, MORE]


def test_entities_and_void_elements():
    body = f"<p>{PROSE[:-1]} &amp; a<br/>line<img src='x'> that is broken in two.</p>"
    assert paragraphs(body)[0].endswith("& aline that is broken in two.")


def test_pages_follow_their_next_links(tmp_path):
    def page(name, text, following=""):
        link = f"<link rel='next' href='{following}'>" if following else ""
        (tmp_path / name).write_text(f"<head>{link}</head><p>{text}</p>")

    page("index.html", PROSE, "b.html")
    page("b.html", MORE, "index.html")
    page("z.html", PROSE.replace("many", "several"))
    source = corpus.Source("some-package", tmp_path, ("index.html", "z.html"))
    assert corpus.read_paragraphs(source) == [
        PROSE,
        MORE,
        PROSE.replace("many", "several"),
    ]
    page("b.html", MORE, "missing.html")
    with pytest.raises(UserError, match="install the Debian package some-package"):
        corpus.read_paragraphs(source)


def test_calibration_and_evaluation_are_disjoint():
    calibration = corpus.read_paragraphs(corpus.CALIBRATION)
    evaluation = corpus.read_paragraphs(corpus.EVALUATION)
    assert len(calibration) > 2000 and len(evaluation) > 2000
    assert not set(calibration) & set(evaluation)
    # Code and navigation would show as these.
    assert not any(p.startswith((">>>", "# ", "$ ")) for p in calibration + evaluation)


@pytest.fixture(scope="module")
def tokenizer():
    return tokens.open_tokenizer(resolve_model("smollm2-135m"))


def test_tokenizer_is_lossless(tokenizer):
    text = "\n\n".join(corpus.read_paragraphs(corpus.EVALUATION)[:300])
    ids = tokenizer.encode(text, add_special_tokens=False).ids
    pieces = "".join(tokenizer.id_to_token(i) for i in ids)
    byte_of = {c: b for b, c in byte_level_alphabet().items()}
    assert bytes(byte_of[c] for c in pieces).decode() == text


def byte_level_alphabet():
    """GPT-2's printable stand-in for each byte."""
    printable = [*range(33, 127), *range(161, 173), *range(174, 256)]
    others = [b for b in range(256) if b not in printable]
    return {b: chr(b) for b in printable} | {
        b: chr(256 + i) for i, b in enumerate(others)
    }


def test_digits_are_split_off_first(tokenizer):
    def pieces(text):
        return tokenizer.encode(text, add_special_tokens=False).tokens

    assert pieces("In 2024") == ["In", "Ġ", "2", "0", "2", "4"]
    # GPT-2's expression alone would leave the second space to the number.
    assert pieces("In  20") == ["In", "ĠĠ", "2", "0"]


def test_control_tokens_are_whole(tokenizer):
    assert tokenizer.encode("<|im_start|>", add_special_tokens=False).ids == [1]


def test_windows(tokenizer):
    text = corpus.read_paragraphs(corpus.EVALUATION)[:100]
    windows = tokens.token_windows(tokenizer, text, 5, 64)
    ids = tokenizer.encode("\n\n".join(text), add_special_tokens=False).ids
    assert windows.shape == (5, 64) and windows.dtype == np.int64
    assert windows[0].tolist() == ids[:64]
    whole = np.array(ids[: len(ids) // 64 * 64]).reshape(-1, 64).tolist()
    places = [whole.index(window) for window in windows.tolist()]
    assert places == sorted(set(places)) and places[-1] >= len(whole) * 3 // 4


def test_too_many_samples(tokenizer):
    with pytest.raises(UserError, match="text gives 0 windows of 512 tokens, 3"):
        tokens.token_windows(tokenizer, [PROSE], 3, 512)


def test_passages():
    tokenizer = tokens.open_tokenizer(resolve_model("minilm-l6-v2"))
    long = " ".join([PROSE] * 20)
    ids, mask = tokens.token_passages(tokenizer, [PROSE, long], 2, 32)
    assert ids.shape == mask.shape == (2, 32) and ids.dtype == mask.dtype == np.int64
    assert ids[0, 0] == ids[1, 0] == 101 and ids[1, -1] == 102
    assert mask[1].all()
    length = mask[0].sum()
    assert 10 < length < 20
    assert ids[0, length - 1] == 102 and not ids[0, length:].any()
    assert not mask[0, length:].any()


def test_unknown_tokenizer(llama_gguf):
    with pytest.raises(UserError, match="lacks the metadata field 'tokenizer.ggml"):
        tokens.gguf_tokenizer(GGUFCheckpoint(llama_gguf))
