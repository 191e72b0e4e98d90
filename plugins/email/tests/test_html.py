"""HTML to text."""

import pytest
from hub_email import caps
from hub_email.html import declared_charset, html_text


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ("plain", "plain"),
        ("<p>a</p><p>b</p>", "a\n\nb"),
        ("a<br>b<BR/>c", "a\nb\nc"),
        ("<div>a</div><div>b</div>", "a\nb"),
        ("a <b>bold</b>, <i>x</i>y", "a bold, xy"),
        ("a\n  b&nbsp;\tc", "a b c"),
        ("&lt;b&gt; &amp; &mdash; &#1055;&#x41f; &unknown; &", "<b> & — ПП &unknown; &"),
        ("<ul><li>a</li><li>b</li></ul>c", "a\nb\n\nc"),
        ("<table><tr><td>a</td><td>b</td></tr><tr><td>c</td></tr></table>", "a b\nc"),
        ("<blockquote>a<blockquote>b</blockquote></blockquote>c", "> a\n\n> > b\n\nc"),
        ("</blockquote></blockquote>a", "a"),
        ("<style>x</style><script>y()</script><title>z</title>a", "a"),
        ("<script>never closed", ""),
        ("a<!-- b --><!--[if mso]>c<![endif]-->d<!-->e", "ade"),
        ("<![if !mso]>a<![endif]><?xml x?><!DOCTYPE html>", "a"),
        ("<p style='display : none'>a<p>b</p>c</p>d", "d"),
        ("<span style='display:none'/>a<br>b", ""),
        ("<img style='display:none'>a", "a"),
        ("display:none", "display:none"),
        ("<pre>a\n  b</pre>c", "a\nb\n\nc"),
        ('<a title="a > b" href=\'x"y\'>link</a>', "link"),
        ("<a title=\"it's\">b</a>", "b"),
        ('<a b"c>d</a>', "d"),
        ("1 < 2 > 1", "1 < 2 > 1"),
        ("a\x01b\x00c", "a b c"),
        ("&#xD800;&#0;&#1114112;", "\ufffd\ufffd\ufffd"),
        ("&#" + "1" * 5000 + ";", "&#" + "1" * 5000 + ";"),
        ("<o:p>a</o:p>", "a"),
        ("<", "<"),
        ("", ""),
    ],
)  # fmt: skip
def test_html_is_read_as_a_reader_sees_it(html: str, text: str) -> None:
    assert html_text(html) == text


def test_no_more_than_a_megabyte_of_html_is_read() -> None:
    assert len(html_text("a" * (caps.HTML + 5))) == caps.HTML


@pytest.mark.parametrize(
    ("head", "charset"),
    [
        (b'<meta charset="koi8-r">', "koi8-r"),
        (b"<META http-equiv=Content-Type content='text/html; charset=windows-1251'>", "windows-1251"),
        (b"<meta name=x><p>charset=utf-8", ""),
    ],
)
def test_the_html_may_name_its_own_charset(head: bytes, charset: str) -> None:
    assert declared_charset(b"<html><head>" + head) == charset
