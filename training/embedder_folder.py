"""Write a model as a folder that `SentenceTransformer(path)` loads with no code of ours."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tokenizers import Tokenizer

if TYPE_CHECKING:
    from transformers import BertModel

# `encode_document` looks for "document" first, which would else be filled in as empty.
PROMPTS = {"query": "query: ", "passage": "passage: ", "document": "passage: "}
MAX_TOKENS = 512


def write_model_dir(
    model: BertModel, tokenizer: Tokenizer, out: Path, *, half: bool = True
) -> None:
    """Write weights, tokenizer and the configuration of the pipeline.

    Args:
        model: A BERT; a pooling layer that it may have is left out.
        tokenizer: With XLM-R's special tokens.
        out: Made when missing; files of the same names are replaced.
        half: Weights as float16 (they are computed with as float32), else as float32.
    """
    import torch
    from safetensors.torch import save_file

    out.mkdir(parents=True, exist_ok=True)
    dtype = torch.float16 if half else torch.float32
    weights = {
        name: tensor.detach().to("cpu", dtype).contiguous()
        for name, tensor in model.state_dict().items()
        if not name.startswith("pooler.") and not name.endswith("position_ids")
    }
    save_file(weights, out / "model.safetensors", metadata={"format": "pt"})
    (out / "model.safetensors").chmod(0o644)
    tokenizer.save(str(out / "tokenizer.json"), pretty=False)
    (out / "1_Pooling").mkdir(exist_ok=True)
    for name, content in _configuration(model).items():
        text = json.dumps(content, indent=2, ensure_ascii=False)
        (out / name).write_text(text + "\n", encoding="utf-8")


def _configuration(model: BertModel) -> dict[str, Any]:
    """The small files of the folder, by name."""
    config = model.config.to_diff_dict()
    # float32 is what is computed with: the file's float16 only saves space.
    config |= {"architectures": ["BertModel"], "dtype": "float32"}
    config.pop("transformers_version", None)
    config.pop("_name_or_path", None)
    return {
        "config.json": config,
        "tokenizer_config.json": _tokenizer_configuration(),
        "modules.json": _modules(),
        "sentence_bert_config.json": {
            "max_seq_length": MAX_TOKENS,
            "do_lower_case": False,
            # The model was made without one: asking for it would only warn that it is missing.
            "model_args": {"add_pooling_layer": False},
        },
        "1_Pooling/config.json": {
            "word_embedding_dimension": model.config.hidden_size,
            "pooling_mode_cls_token": False,
            "pooling_mode_mean_tokens": True,
            "pooling_mode_max_tokens": False,
            "pooling_mode_mean_sqrt_len_tokens": False,
        },
        "config_sentence_transformers.json": {
            "prompts": PROMPTS,
            "default_prompt_name": None,
            "similarity_fn_name": "cosine",
        },
    }


def _tokenizer_configuration() -> dict[str, Any]:
    return {
        # The plain fast class reads tokenizer.json as it stands; XLM-R's would rebuild it.
        "tokenizer_class": "PreTrainedTokenizerFast",
        "model_input_names": ["input_ids", "attention_mask"],
        "model_max_length": MAX_TOKENS,
        "padding_side": "right",
        "clean_up_tokenization_spaces": False,
        "bos_token": "<s>",
        "cls_token": "<s>",
        "eos_token": "</s>",
        "sep_token": "</s>",
        "pad_token": "<pad>",
        "unk_token": "<unk>",
        "mask_token": "<mask>",
    }


def _modules() -> list[dict[str, Any]]:
    # The names of before version 6: every version since 2 knows them.
    steps = [("", "Transformer"), ("1_Pooling", "Pooling"), ("2_Normalize", "Normalize")]
    return [
        {"idx": idx, "name": str(idx), "path": path, "type": f"sentence_transformers.models.{kind}"}
        for idx, (path, kind) in enumerate(steps)
    ]
