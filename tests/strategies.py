"""What the property tests draw from: text as news has it, and text as nobody should send it."""

from hypothesis import strategies as st

WORDS = """
the council voted ferry said was not Tuesday Mr. Ms. Dr. Sen. U.S. U.K. Inc. No. a.m. p.m. Jan.
approx. lbs. ft. J. K. Rowan He She “We ‘It “Who it’s firms’ (R-Ky.) 3.2% $1.5bn 10 10.42am: 1. a)
e.g. etc. https://tarn.example/a?b=1.2 j@tarn.example iPhone naïve 北京 😀 - • …
"""
ENDS = '. ? ! .” ?” !’ ." … ... .) , : ; .[1] 。'
SPACES = [" ", " ", " ", "  ", "\n", "\n\n", "\r\n", "\t", "\u00a0", "\u2028", ""]
MARKUP = """
<p> </p> <div> </div> <br> <b> </b> <ul> <li> </li> </ul> <table> <tr> <td> </table> <h2> </h2>
<script> </script> <style> </style> <!-- --> <![CDATA[ ]]> <a\thref=' <p\tx=" </ &amp; &#0; &#x92;
&#xD800; &nbsp; &bogus; &lt;p&gt; <html> <body> </html> <!DOCTYPE\thtml> <?xml\tversion="1.0"?>
"""
# Characters that splitters, encoders and terminals trip over, lone surrogates among them.
HOSTILE_CHARACTERS = (
    " \n\r\t\v\f\x00\x07\x1b\x1c\x7f\x85\x92\u00a0\u00ad\u200b\u200d\u2003\u2028\u2029\u202e"
    "\u2066\ufeff\ufffd\ufffe\ud800\udfff\U0001f600\U0010ffff.!?…。,:;'\"“”‘’«»()[]{}<>&/\\-–•%$aAzZ019éß北"
)


def news_texts(max_words: int = 60) -> st.SearchStrategy[str]:
    """Draw copy with titles, figures, quotations, headings and lists, most of it well formed."""
    word = st.sampled_from(WORDS.split())
    end = st.one_of(st.just(""), st.sampled_from(ENDS.split()))
    pieces = st.builds("{}{}{}".format, word, end, st.sampled_from(SPACES))
    return st.lists(pieces, max_size=max_words).map("".join)


def hostile_texts(max_size: int = 200) -> st.SearchStrategy[str]:
    """Draw any text at all, half of it of the characters that make trouble; surrogates too."""
    return st.one_of(
        st.text(alphabet=st.sampled_from(HOSTILE_CHARACTERS), max_size=max_size),
        st.text(alphabet=st.characters(codec=None), max_size=max_size),
    )


def texts() -> st.SearchStrategy[str]:
    """Draw news, hostile text, or some of one beside some of the other."""
    return st.one_of(
        news_texts(), hostile_texts(), st.builds(str.__add__, news_texts(10), hostile_texts(30))
    )


def html_bodies() -> st.SearchStrategy[str]:
    """Draw markup that is right by luck: tags open, close, nest wrongly and break off."""
    tags = [tag.replace("\t", " ") for tag in MARKUP.replace("\n", " ").split(" ") if tag]
    pieces = st.one_of(st.sampled_from(tags), news_texts(5), hostile_texts(10))
    return st.lists(pieces, max_size=30).map("".join)
