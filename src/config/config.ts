// biome-ignore-all format: generated
/** Every setting of fsa; defaults are those of the preset `paper`. Generated from schema.ts by `npm run generate`. */
export type Config = {
  /**
   * The student: hub id, folder, or run folder of a distillation.
   * @defaultValue `"google-t5/t5-base"`
   */
  model: string;
  /**
   * Seed of the distillation.
   * @defaultValue `42`
   */
  seed: number;
  /**
   * Auto takes the GPUs where there are any.
   * @defaultValue `"auto"`
   */
  device: 'auto' | 'cpu' | 'cuda';
  /**
   * CPU threads per worker; null divides the cores evenly.
   * @defaultValue `null`
   */
  threads: number | null;
  distill: {
    /**
     * Corpus files, folders or globs.
     * @defaultValue `["datasets/corpus/**∕*.json"]`
     */
    corpus: string[];
    /**
     * Held-out corpus file; null takes validationShare instead.
     * @defaultValue `null`
     */
    validation: string | null;
    /**
     * Share of the corpus held out for validation.
     * @defaultValue `0.01`
     */
    validationShare: number;
    /**
     * Leave out corpus rows that contain a benchmark sentence.
     * @defaultValue `false`
     */
    dropOverlaps: boolean;
    /**
     * Corpus rows without a usable review or answer: left out and counted, or an error.
     * @defaultValue `"skip"`
     */
    badRows: 'skip' | 'refuse';
    /**
     * Optimizer steps.
     * @defaultValue `200000`
     */
    steps: number;
    /**
     * Examples per micro-batch, over whose target tokens the loss is a mean.
     * @defaultValue `20`
     */
    batchSize: number;
    /**
     * Micro-batches per optimizer step.
     * @defaultValue `5`
     */
    accumulation: number;
    /**
     * Processes that train the student together, each on a GPU of its own.
     * @defaultValue `1`
     */
    ranks: number;
    /**
     * Pieces of a step to deal to ranks, at least as many; null takes the ranks of the first start.
     * @defaultValue `null`
     */
    shards: number | null;
    /**
     * Peak learning rate.
     * @defaultValue `0.003`
     */
    learningRate: number;
    /**
     * Where the cosine ends.
     * @defaultValue `0.00001`
     */
    finalLearningRate: number;
    /**
     * Steps of linear warm-up, from half the learning rate.
     * @defaultValue `0`
     */
    warmupSteps: number;
    /**
     * Weight decay of AdamWScale.
     * @defaultValue `0`
     */
    weightDecay: number;
    /**
     * Largest norm of the gradient.
     * @defaultValue `1`
     */
    clip: number;
    /**
     * Bf16 is mixed precision: weights stay in fp32.
     * @defaultValue `"bf16"`
     */
    precision: 'bf16' | 'fp32';
    /**
     * Longer reviews are cut here.
     * @defaultValue `128`
     */
    maxInputTokens: number;
    /**
     * Longer answers are cut here.
     * @defaultValue `400`
     */
    maxTargetTokens: number;
    /**
     * Optimizer steps between validations.
     * @defaultValue `2000`
     */
    validateEverySteps: number;
    /**
     * Examples per batch of a validation.
     * @defaultValue `80`
     */
    validationBatchSize: number;
    /**
     * Optimizer steps between checkpoints.
     * @defaultValue `2000`
     */
    checkpointEverySteps: number;
    /**
     * Also save when the last checkpoint is this old.
     * @defaultValue `30`
     */
    checkpointEveryMinutes: number;
    /**
     * Checkpoints kept.
     * @defaultValue `2`
     */
    keepCheckpoints: number;
  };
  eval: {
    /**
     * Name in the tables: hub id, folder or run folder.
     * @defaultValue `{}`
     */
    models: Record<string, string>;
    /**
     * Datasets (atsa/rest14 and the like), or paths of dataset folders or annotated files.
     * @defaultValue `["atsa/rest14","atsa/laptop14","acsa/rest16","acsa/laptop16"]`
     */
    datasets: string[];
    /**
     * One cell per model, dataset and seed.
     * @defaultValue `[42,52,62,72,82,142,152,162,172,182]`
     */
    seeds: number[];
    /**
     * Shares of the training data, each one more cell.
     * @defaultValue `[1]`
     */
    trainShare: number[];
    /**
     * 0 measures the models as they are, without fine-tuning.
     * @defaultValue `20`
     */
    epochs: number;
    /**
     * Sentences per training step.
     * @defaultValue `16`
     */
    batchSize: number;
    /**
     * Sentences generated at once.
     * @defaultValue `64`
     */
    generationBatchSize: number;
    /**
     * Peak learning rate.
     * @defaultValue `0.0003`
     */
    learningRate: number;
    /**
     * Weight decay of AdamW, on every parameter.
     * @defaultValue `0.01`
     */
    weightDecay: number;
    /**
     * Largest norm of the gradient.
     * @defaultValue `1`
     */
    clip: number;
    /**
     * Bf16 is mixed precision: weights stay in fp32.
     * @defaultValue `"bf16"`
     */
    precision: 'bf16' | 'fp32';
    /**
     * Longer sentences are cut here.
     * @defaultValue `512`
     */
    maxInputTokens: number;
    /**
     * Longer targets are cut here.
     * @defaultValue `512`
     */
    maxTargetTokens: number;
    /**
     * Generation stops here; null takes what the task needs: 100, or 160 for tuple tasks.
     * @defaultValue `null`
     */
    maxGeneratedTokens: number | null;
    /**
     * Terms by position, or in the published order of offset strings.
     * @defaultValue `"text"`
     */
    targetOrder: 'text' | 'reference';
    /**
     * How often a repeated pair counts; each is the published metric.
     * @defaultValue `"each"`
     */
    duplicates: 'each' | 'once';
    /**
     * Gold as it is, or sentence and gold after the model's tokenizer wrote them.
     * @defaultValue `"exact"`
     */
    compare: 'exact' | 'tokenizer-normalised';
    /**
     * Workers at once; on GPUs at most perGpu on each.
     * @defaultValue `1`
     */
    parallel: number;
    /**
     * Workers that share one GPU.
     * @defaultValue `1`
     */
    perGpu: number;
    /**
     * Minutes between checkpoints of a cell.
     * @defaultValue `10`
     */
    checkpointEveryMinutes: number;
  };
  llm: {
    /**
     * Openai:gpt-4o-mini, ollama:llama3.2, https://host/v1#model; with baseUrl the name alone.
     * @defaultValue `null`
     */
    model: string | null;
    /**
     * Address of an OpenAI-compatible server; null takes the one of model.
     * @defaultValue `null`
     */
    baseUrl: string | null;
    /**
     * Environment variable that holds the key; null takes the usual one.
     * @defaultValue `null`
     */
    keyFrom: string | null;
    /**
     * Name of the server in the keys of answers; null takes its host.
     * @defaultValue `null`
     */
    name: string | null;
    /**
     * How an answer is begun for the model; auto does what the known servers can.
     * @defaultValue `"auto"`
     */
    prefill: 'auto' | 'off' | 'continue' | 'prefix';
    /**
     * What the account allows; null does not limit.
     * @defaultValue `null`
     */
    requestsPerMinute: number | null;
    /**
     * What the account allows; null does not limit.
     * @defaultValue `null`
     */
    tokensPerMinute: number | null;
    /**
     * Requests under way at once.
     * @defaultValue `16`
     */
    concurrency: number;
    /**
     * A request that receives nothing for so long is given up.
     * @defaultValue `120`
     */
    timeoutSeconds: number;
    /**
     * Failures of one question before it is given up.
     * @defaultValue `6`
     */
    maxAttempts: number;
    /**
     * What the model takes in and gives out together; longer questions are not asked.
     * @defaultValue `null`
     */
    contextTokens: number | null;
    /**
     * Longest pause a server may ask for.
     * @defaultValue `120`
     */
    maxWaitSeconds: number;
    /**
     * Hold short answers to a JSON schema (response_format) where the server does so.
     * @defaultValue `"auto"`
     */
    structured: 'auto' | 'off';
    /**
     * A batch under way is asked after this often.
     * @defaultValue `30`
     */
    batchPollSeconds: number;
    /**
     * Most questions in one batch.
     * @defaultValue `50000`
     */
    batchRows: number;
    price: {
      /**
       * US dollars for a million input tokens; null takes the published price.
       * @defaultValue `null`
       */
      input: number | null;
      /**
       * US dollars for a million output tokens.
       * @defaultValue `null`
       */
      output: number | null;
      /**
       * US dollars for a million input tokens that the server had cached.
       * @defaultValue `null`
       */
      cachedInput: number | null;
      /**
       * Share of the price that a batch costs; null takes half where the server is known to give it.
       * @defaultValue `null`
       */
      batchFactor: number | null;
    };
  };
  teach: {
    /**
     * Files, folders or globs of reviews: JSON lines, CSV or Parquet.
     * @defaultValue `[]`
     */
    reviews: string[];
    /**
     * What is asked about each review.
     * @defaultValue `["analysis","rewrite"]`
     */
    kinds: ('analysis' | 'rewrite')[];
    /**
     * Restaurant, laptop, or the name of your own.
     * @defaultValue `"restaurant"`
     */
    domain: string;
    /**
     * JSON lines with your own demonstrations; null takes those of the domain.
     * @defaultValue `null`
     */
    demonstrations: string | null;
    /**
     * 0 always takes the likeliest word.
     * @defaultValue `0`
     */
    temperature: number;
    /**
     * Answers end here.
     * @defaultValue `512`
     */
    maxAnswerTokens: number;
    /**
     * Reviews asked about; null asks about all.
     * @defaultValue `null`
     */
    limit: number | null;
    /**
     * US dollars that are never exceeded; null does not limit.
     * @defaultValue `null`
     */
    budget: number | null;
    /**
     * Tokens that are never exceeded; null does not limit.
     * @defaultValue `null`
     */
    maxTokens: number | null;
    /**
     * Ask nothing about reviews that hold a dev or test sentence of eval.datasets.
     * @defaultValue `true`
     */
    dropOverlaps: boolean;
    /**
     * Rows in one file of answers or corpus.
     * @defaultValue `20000`
     */
    shardRows: number;
    /**
     * Name of the answers in the corpus.
     * @defaultValue `"teacher_response"`
     */
    answerField: string;
    filters: {
      /**
       * Answers that reached maxAnswerTokens.
       * @defaultValue `"drop"`
       */
      cut: 'drop' | 'trim' | 'keep';
      /**
       * Text after the last block of an analysis.
       * @defaultValue `"trim"`
       */
      runsOn: 'trim' | 'drop' | 'keep';
      /**
       * Labels that are not on the scale of five.
       * @defaultValue `"map"`
       */
      offScale: 'map' | 'drop' | 'keep';
      /**
       * Rewritings that repeat the review.
       * @defaultValue `"drop"`
       */
      copy: 'drop' | 'keep';
      /**
       * Rewritings of less than half the words of the review.
       * @defaultValue `"drop"`
       */
      tooShort: 'drop' | 'keep';
      /**
       * Analyses whose summed strength contradicts the stars.
       * @defaultValue `"keep"`
       */
      stars: 'drop' | 'keep';
    };
    judge: {
      /**
       * Second model that grades every answer from 1 to 5, named as llm.model is; null asks nobody.
       * @defaultValue `null`
       */
      model: string | null;
      /**
       * Answers with a lower grade are dropped; null only counts grades.
       * @defaultValue `null`
       */
      minScore: number | null;
      /**
       * Environment variable that holds the key of the judge's server; null takes the usual one.
       * @defaultValue `null`
       */
      keyFrom: string | null;
      price: {
        /**
         * US dollars for a million input tokens; null takes the published price.
         * @defaultValue `null`
         */
        input: number | null;
        /**
         * US dollars for a million output tokens.
         * @defaultValue `null`
         */
        output: number | null;
        /**
         * US dollars for a million input tokens that the server had cached.
         * @defaultValue `null`
         */
        cachedInput: number | null;
      };
    };
  };
  baseline: {
    /**
     * Name in the tables: openai:gpt-4o-mini, ollama:llama3.2, https://host/v1#model.
     * @defaultValue `{}`
     */
    models: Record<string, string>;
    /**
     * Demonstrations before each question, each number a cell.
     * @defaultValue `[0,4]`
     */
    shots: number[];
    /**
     * Seeds that draw demonstrations, each one a cell.
     * @defaultValue `[42,52,62]`
     */
    seeds: number[];
    /**
     * The same for all, drawn for each sentence, or the training sentences most like it (BM25).
     * @defaultValue `"fixed"`
     */
    demos: 'fixed' | 'perRow' | 'similar';
    /**
     * 0 always takes the likeliest word.
     * @defaultValue `0`
     */
    temperature: number;
    /**
     * Answers end here.
     * @defaultValue `150`
     */
    maxAnswerTokens: number;
    /**
     * Test sentences asked about; null asks about all.
     * @defaultValue `null`
     */
    limit: number | null;
    /**
     * US dollars that are never exceeded; null does not limit.
     * @defaultValue `null`
     */
    budget: number | null;
  };
  zeroshot: {
    /**
     * Name in the table: folder, run, or hub id.
     * @defaultValue `{}`
     */
    students: Record<string, string>;
    /**
     * The undistilled model to compare with; null takes the one that the student was made from.
     * @defaultValue `null`
     */
    floor: string | null;
    /**
     * Corpus (the stored answers of the data), or the name of a language model to ask.
     * @defaultValue `null`
     */
    teacher: string | null;
    /**
     * Files with text and label or stars; datasets at term level.
     * @defaultValue `[]`
     */
    data: string[];
    /**
     * Judge whole texts, or the given terms of a dataset.
     * @defaultValue `"text"`
     */
    level: 'text' | 'term';
    /**
     * Score compares labels as continuations, read reads what the student writes.
     * @defaultValue `"score"`
     */
    rule: 'score' | 'read';
    /**
     * How the judgements of an analysis become one.
     * @defaultValue `"sum"`
     */
    verdict: 'sum' | 'majority' | 'strongest' | 'first' | 'last';
    /**
     * A language model is asked for one label, or for an analysis that is read as a student's is.
     * @defaultValue `"label"`
     */
    ask: 'label' | 'analysis';
    /**
     * Prior takes off what an empty review would score.
     * @defaultValue `"prior"`
     */
    calibrate: 'prior' | 'none';
    labels: {
      /**
       * Label words whose probabilities add up to blame.
       * @defaultValue `["Very Negative","Negative"]`
       */
      negative: string[];
      /**
       * Label words that stand for neither.
       * @defaultValue `["Mild"]`
       */
      neutral: string[];
      /**
       * Label words whose probabilities add up to praise.
       * @defaultValue `["Positive","Very Positive"]`
       */
      positive: string[];
    };
    /**
     * Rows judged; null judges all.
     * @defaultValue `null`
     */
    limit: number | null;
    /**
     * US dollars that are never exceeded; null does not limit.
     * @defaultValue `null`
     */
    budget: number | null;
  };
  serve: {
    /**
     * Address to listen on; 0.0.0.0 is every one of this machine.
     * @defaultValue `"127.0.0.1"`
     */
    host: string;
    /**
     * Port to listen on; 0 takes a free one.
     * @defaultValue `8080`
     */
    port: number;
    /**
     * Host names answered to on loopback besides its own.
     * @defaultValue `[]`
     */
    allowedHosts: string[];
    /**
     * Texts that the model sees together.
     * @defaultValue `32`
     */
    maxBatchTexts: number;
    /**
     * Texts that may wait; more are refused with 429.
     * @defaultValue `1024`
     */
    maxWaitingTexts: number;
    /**
     * Texts in one request.
     * @defaultValue `64`
     */
    maxTextsPerRequest: number;
    /**
     * Characters of a text.
     * @defaultValue `10000`
     */
    maxTextCharacters: number;
    /**
     * KiB of a request.
     * @defaultValue `256`
     */
    maxBodyKib: number;
    /**
     * A request without an answer by then gets 504.
     * @defaultValue `30`
     */
    deadlineSeconds: number;
    /**
     * A client has so long to send its request.
     * @defaultValue `15`
     */
    requestSeconds: number;
    /**
     * On SIGTERM, so long it answers on while /ready says no.
     * @defaultValue `1`
     */
    drainSeconds: number;
    /**
     * And so long it then waits for the requests under way.
     * @defaultValue `30`
     */
    graceSeconds: number;
  };
  cluster: {
    /**
     * Where workers run: this machine, or what an engine gives.
     * @defaultValue `"local"`
     */
    on: 'local' | 'slurm' | 'ray' | 'ssh';
    /**
     * Places asked for; null takes eval.parallel, and one for distill.
     * @defaultValue `null`
     */
    slots: number | null;
    /**
     * GPUs of each place; 0 computes on the CPU.
     * @defaultValue `1`
     */
    gpusPerSlot: number;
    /**
     * Processors of each place, and threads of its worker.
     * @defaultValue `4`
     */
    cpusPerSlot: number;
    /**
     * Memory of each place, such as 16G; null leaves it to the engine.
     * @defaultValue `null`
     */
    memory: string | null;
    /**
     * Time of each place, after which work goes on in another; null leaves it to the engine.
     * @defaultValue `null`
     */
    timeLimitMinutes: number | null;
    /**
     * Before that time is up, so early a worker saves and hands over.
     * @defaultValue `120`
     */
    graceSeconds: number;
    /**
     * Partition or queue of Slurm.
     * @defaultValue `null`
     */
    partition: string | null;
    /**
     * More arguments of sbatch or ssh, such as --account=nlp.
     * @defaultValue `[]`
     */
    extraArguments: string[];
    /**
     * Address of the Ray dashboard, such as http://head:8265.
     * @defaultValue `null`
     */
    rayAddress: string | null;
    /**
     * Hosts for ssh, a place on each; a host named twice has two.
     * @defaultValue `[]`
     */
    hosts: string[];
    /**
     * Address of this machine that workers reach; null offers them every one it has.
     * @defaultValue `null`
     */
    address: string | null;
    /**
     * Whether places see the files of this machine under the same paths; what they do not see is sent.
     * @defaultValue `"auto"`
     */
    sharedDisk: 'auto' | 'yes' | 'no';
    /**
     * Folder of a place for files that were sent to it; null takes one below its temporary folder.
     * @defaultValue `null`
     */
    cacheFolder: string | null;
    /**
     * Room for them; what was not used for longest goes first.
     * @defaultValue `50`
     */
    cacheGigabytes: number;
    /**
     * Port for workers, and the one after it for files; null takes free ones.
     * @defaultValue `null`
     */
    port: number | null;
  };
  /**
   * Trackers that follow a run: mlflow=URL, tensorboard, tensorboard=FOLDER, webhook=URL, otel.
   * @defaultValue `[]`
   */
  track: string[];
};
