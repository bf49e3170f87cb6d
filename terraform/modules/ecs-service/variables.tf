variable "name" {
  description = "Name of the cluster, the service, the task family, and the prefix of the dashboard, alarms, policies and security groups."
  type        = string

  validation {
    condition     = can(regex("^[A-Za-z][A-Za-z0-9-]{0,199}$", var.name))
    error_message = "The name starts with a letter and consists of letters, digits and hyphens, at most 200."
  }
}

variable "load_balancer_name" {
  description = "Name of the load balancer."
  type        = string

  validation {
    condition     = can(regex("^[A-Za-z0-9]([A-Za-z0-9-]{0,30}[A-Za-z0-9])?$", var.load_balancer_name)) && !startswith(var.load_balancer_name, "internal-")
    error_message = "A load balancer name has 1 to 32 letters, digits and hyphens, starts and ends with a letter or digit, and does not start with \"internal-\"."
  }
}

variable "target_group_name" {
  description = "Name of the target group."
  type        = string

  validation {
    condition     = can(regex("^[A-Za-z0-9]([A-Za-z0-9-]{0,30}[A-Za-z0-9])?$", var.target_group_name))
    error_message = "A target group name has 1 to 32 letters, digits and hyphens, and starts and ends with a letter or digit."
  }
}

variable "region" {
  description = "Region of the provider, for the tasks, their logs and the dashboard."
  type        = string

  validation {
    condition     = can(regex("^[a-z]{2}(-[a-z]+)+-[0-9]+$", var.region))
    error_message = "The region looks like us-east-1."
  }
}

# ---- network

variable "vpc_id" {
  description = "ID of the VPC."
  type        = string
}

variable "load_balancer_subnet_ids" {
  description = "Public subnets for the load balancer, in two or more zones."
  type        = list(string)

  validation {
    condition     = length(var.load_balancer_subnet_ids) >= 2
    error_message = "A load balancer needs subnets in at least two zones."
  }
}

variable "task_subnet_ids" {
  description = "Subnets for the tasks."
  type        = list(string)

  validation {
    condition     = length(var.task_subnet_ids) >= 1
    error_message = "Tasks need at least one subnet."
  }
}

variable "assign_public_ip" {
  description = "Whether tasks get a public address. In public subnets they need one to pull images."
  type        = bool
  default     = false
}

# ---- tasks

variable "cpu" {
  description = "CPU units of a task: 256, 512, 1024, 2048, 4096, 8192 or 16384."
  type        = number

  validation {
    condition     = contains([256, 512, 1024, 2048, 4096, 8192, 16384], var.cpu)
    error_message = "Fargate offers 256, 512, 1024, 2048, 4096, 8192 and 16384 CPU units."
  }
}

variable "memory_mib" {
  description = "Memory of a task in MiB. Which values are possible depends on the CPU units."
  type        = number

  validation {
    condition     = var.memory_mib >= 512 && var.memory_mib <= 122880
    error_message = "Fargate offers 512 to 122880 MiB."
  }
}

variable "min_tasks" {
  description = "Fewest tasks, and the number to start with."
  type        = number

  validation {
    condition     = var.min_tasks >= 1 && floor(var.min_tasks) == var.min_tasks
    error_message = "At least one task, a whole number."
  }
}

variable "max_tasks" {
  description = "Most tasks that autoscaling may start. At least the fewest."
  type        = number

  validation {
    condition     = var.max_tasks >= 1 && floor(var.max_tasks) == var.max_tasks
    error_message = "At least one task, a whole number."
  }
}

variable "capacity" {
  description = "Where tasks run: the first on_demand_base tasks on Fargate, all others on Fargate and Fargate Spot in the proportion of the weights."
  type = object({
    on_demand_base   = optional(number, 0)
    on_demand_weight = optional(number, 1)
    spot_weight      = optional(number, 0)
  })
  default = {}

  validation {
    condition = alltrue([
      var.capacity.on_demand_base >= 0 && var.capacity.on_demand_base <= 100000,
      var.capacity.on_demand_weight >= 0 && var.capacity.on_demand_weight <= 1000,
      var.capacity.spot_weight >= 0 && var.capacity.spot_weight <= 1000,
    ])
    error_message = "The base is 0 to 100000 and each weight 0 to 1000."
  }

  validation {
    condition     = var.capacity.on_demand_weight + var.capacity.spot_weight > 0
    error_message = "At least one weight must be greater than 0, or there is nowhere to run tasks."
  }
}

variable "engine" {
  description = <<-EOT
    The mock server: its kind (automock or mockserver), its image, the port it listens on, and environment variables on top of (or instead of) those that the module sets.

    With `kind = "automock"` a task is one container, which looks for changed expectations every `poll_seconds`, serves on for `drain_seconds` after SIGTERM while its readiness fails, and then has `grace_seconds` for the requests that are open.
  EOT
  type = object({
    kind          = optional(string, "mockserver")
    image         = string
    port          = optional(number, 1080)
    environment   = optional(map(string), {})
    poll_seconds  = optional(number, 2)
    drain_seconds = optional(number, 35)
    grace_seconds = optional(number, 8)
  })

  validation {
    condition     = can(regex("(:[A-Za-z0-9_][A-Za-z0-9_.-]*|@sha256:[0-9a-f]{64})$", var.engine.image)) && !endswith(var.engine.image, ":latest")
    error_message = "The image names a tag other than latest, or a digest."
  }

  validation {
    condition     = contains(["mockserver", "automock"], var.engine.kind)
    error_message = "The kind is mockserver or automock."
  }

  validation {
    condition     = var.engine.port >= 1024 && var.engine.port <= 65535
    error_message = "The port is 1024 to 65535: the container runs without the right to bind lower ones."
  }

  validation {
    condition     = var.engine.poll_seconds >= 1 && var.engine.poll_seconds <= 600 && floor(var.engine.poll_seconds) == var.engine.poll_seconds
    error_message = "The engine looks every 1 to 600 whole seconds."
  }

  validation {
    condition = alltrue([
      for seconds in [var.engine.drain_seconds, var.engine.grace_seconds] : seconds >= 0 && seconds <= 115 && floor(seconds) == seconds
    ])
    error_message = "Drain and grace are 0 to 115 whole seconds each."
  }
}

variable "loader" {
  description = "The sidecar that copies the expectations from S3 into a task of MockServer: an image with bash and the AWS CLI, and the seconds between two looks. Required for mockserver; automock has none."
  type = object({
    image        = string
    poll_seconds = optional(number, 30)
  })
  default = null

  validation {
    condition     = var.loader == null || try(can(regex("(:[A-Za-z0-9_][A-Za-z0-9_.-]*|@sha256:[0-9a-f]{64})$", var.loader.image)) && !endswith(var.loader.image, ":latest"), false)
    error_message = "The image names a tag other than latest, or a digest."
  }

  validation {
    condition     = var.loader == null || try(var.loader.poll_seconds >= 5 && var.loader.poll_seconds <= 600 && floor(var.loader.poll_seconds) == var.loader.poll_seconds, false)
    error_message = "The loader looks every 5 to 600 whole seconds."
  }
}

variable "config_bucket_name" {
  description = "Name of the bucket that keeps the expectations."
  type        = string
}

variable "expectations_key" {
  description = "Key of the expectations in that bucket."
  type        = string
}

variable "execution_role_arn" {
  description = "ARN of the role with which ECS pulls images and opens log streams."
  type        = string
}

variable "task_role_arn" {
  description = "ARN of the role that the containers hold: read the expectations, write under acks/."
  type        = string
}

# ---- autoscaling

variable "scaling" {
  description = <<-EOT
    How the number of tasks follows the load.

    - `kind = "steps"`: each list holds steps in ascending order. From `above` on (percent for CPU and memory, requests per minute and task for requests) up to the next step, the number of tasks grows by `add_percent` percent of itself. An empty list leaves that metric out. `scale_in` is required: CPU below `below_percent` for `for_seconds` removes `remove_percent` percent.
    - `kind = "target-tracking"`: AWS keeps each metric of `targets` near its value. At least one is required.
  EOT
  type = object({
    kind                       = string
    scale_out_cooldown_seconds = optional(number, 60)
    scale_in_cooldown_seconds  = optional(number, 300)
    cpu_steps                  = optional(list(object({ above = number, add_percent = number })), [])
    memory_steps               = optional(list(object({ above = number, add_percent = number })), [])
    request_steps              = optional(list(object({ above = number, add_percent = number })), [])
    scale_in = optional(object({
      below_percent  = number
      remove_percent = number
      for_seconds    = number
    }))
    targets = optional(object({
      cpu_percent         = optional(number)
      memory_percent      = optional(number)
      requests_per_minute = optional(number)
    }), {})
  })

  validation {
    condition     = contains(["steps", "target-tracking"], var.scaling.kind)
    error_message = "The kind of scaling is steps or target-tracking."
  }

  validation {
    condition     = var.scaling.scale_out_cooldown_seconds >= 0 && var.scaling.scale_in_cooldown_seconds >= 0
    error_message = "A cooldown is not negative."
  }

  validation {
    condition = alltrue(flatten([
      for steps in [var.scaling.cpu_steps, var.scaling.memory_steps, var.scaling.request_steps] : [
        for index, step in steps : index == 0 || step.above > try(steps[index - 1].above, 0)
      ]
    ]))
    error_message = "Steps ascend: each starts above the one before it."
  }

  validation {
    condition = alltrue([
      for step in concat(var.scaling.cpu_steps, var.scaling.memory_steps) : step.above > 0 && step.above < 100
    ])
    error_message = "A CPU or memory step starts between 0 and 100 percent."
  }

  validation {
    condition     = alltrue([for step in var.scaling.request_steps : step.above > 0])
    error_message = "A request step starts above 0 requests per minute."
  }

  validation {
    condition = alltrue([
      for step in concat(var.scaling.cpu_steps, var.scaling.memory_steps, var.scaling.request_steps) : step.add_percent > 0
    ])
    error_message = "A step adds more than 0 percent."
  }

  validation {
    condition     = max(length(var.scaling.cpu_steps), length(var.scaling.memory_steps), length(var.scaling.request_steps)) <= 20
    error_message = "A policy has at most 20 steps."
  }

  validation {
    condition     = var.scaling.kind != "steps" || length(var.scaling.cpu_steps) + length(var.scaling.memory_steps) + length(var.scaling.request_steps) > 0
    error_message = "Scaling in steps needs at least one step."
  }

  validation {
    condition     = var.scaling.kind != "steps" || var.scaling.scale_in != null
    error_message = "Scaling in steps needs scale_in, or the service would never shrink."
  }

  validation {
    condition = var.scaling.scale_in == null || try(alltrue([
      var.scaling.scale_in.below_percent > 0 && var.scaling.scale_in.below_percent < 100,
      var.scaling.scale_in.remove_percent > 0 && var.scaling.scale_in.remove_percent <= 100,
      var.scaling.scale_in.for_seconds >= 60 && var.scaling.scale_in.for_seconds <= 86400,
      var.scaling.scale_in.for_seconds % 60 == 0,
    ]), false)
    error_message = "scale_in: below_percent between 0 and 100, remove_percent above 0 and at most 100, for_seconds in whole minutes up to a day."
  }

  validation {
    condition     = alltrue([for step in var.scaling.cpu_steps : try(var.scaling.scale_in.below_percent, 0) < step.above])
    error_message = "The service shrinks below a lower CPU load than it grows from, or it would do both at once."
  }

  validation {
    condition = var.scaling.kind != "target-tracking" || anytrue([
      var.scaling.targets.cpu_percent != null,
      var.scaling.targets.memory_percent != null,
      var.scaling.targets.requests_per_minute != null,
    ])
    error_message = "Target tracking needs at least one target."
  }
}

# ---- access

variable "mock_cidrs" {
  description = "IPv4 ranges that may call the mock."
  type        = list(string)
  default     = ["0.0.0.0/0"]

  validation {
    condition     = length(var.mock_cidrs) > 0 && alltrue([for cidr in var.mock_cidrs : can(cidrnetmask(cidr))])
    error_message = "At least one range, each an IPv4 CIDR block."
  }
}

variable "control_cidrs" {
  description = "IPv4 ranges that may call the control API of the mock server, given the token. Empty: nobody may, and the listener does not exist."
  type        = list(string)
  default     = []

  validation {
    condition     = alltrue([for cidr in var.control_cidrs : can(cidrnetmask(cidr)) && !endswith(cidr, "/0")])
    error_message = "Each range is an IPv4 CIDR block, and none is the whole internet."
  }
}

variable "control_token" {
  description = "Token that control requests carry in the header x-automock-control-token: 20 to 128 letters, digits, underscores and hyphens. Required when control_cidrs is not empty. It is kept in the Terraform state."
  type        = string
  default     = null
  sensitive   = true

  validation {
    # Anything else could act as a wildcard in the load balancer's header condition.
    condition     = var.control_token == null || can(regex("^[A-Za-z0-9_-]{20,128}$", var.control_token))
    error_message = "The control token has 20 to 128 letters, digits, underscores and hyphens."
  }
}

variable "https_enabled" {
  description = "Whether the load balancer serves HTTPS. Separate from https, whose values may be known only after apply."
  type        = bool
  default     = false
}

variable "https" {
  description = "Certificate and domain of the HTTPS listener. Required when https_enabled is true."
  type = object({
    certificate_arn = string
    domain_name     = string
  })
  default = null
}

# ---- observability

variable "container_insights" {
  description = "Whether Container Insights collects metrics per task. They are charged as custom metrics."
  type        = bool
  default     = false
}

variable "log_retention_days" {
  description = "Days for which logs are kept."
  type        = number
  default     = 7

  validation {
    condition     = contains([1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653], var.log_retention_days)
    error_message = "The retention is one of the numbers of days that CloudWatch Logs offers, such as 1, 3, 5, 7, 14, 30, 60 or 90."
  }
}

variable "dashboard_enabled" {
  description = "Whether to create a CloudWatch dashboard."
  type        = bool
  default     = true
}

variable "log_group_prefix" {
  description = "Prefix of the log groups: the mock server writes to <prefix>/mock, MockServer's loader to <prefix>/loader."
  type        = string

  validation {
    condition     = can(regex("^/[A-Za-z0-9_./#-]{1,480}[A-Za-z0-9]$", var.log_group_prefix))
    error_message = "The prefix starts with a slash, consists of letters, digits and _ . / # -, and ends with a letter or digit."
  }
}

# ---- timing

variable "deregistration_delay_seconds" {
  description = "Seconds that the load balancer gives a stopping task to finish open requests, 0 to 3600. Longer than the longest answer, or a replacement cuts it. A scale-in, deployment or teardown waits for it only while requests are open."
  type        = number
  default     = 5

  validation {
    condition     = var.deregistration_delay_seconds >= 0 && var.deregistration_delay_seconds <= 3600 && floor(var.deregistration_delay_seconds) == var.deregistration_delay_seconds
    error_message = "The deregistration delay is 0 to 3600 whole seconds."
  }
}

variable "health_check_grace_period_seconds" {
  description = "Seconds that a new task gets before failing health checks count. A JVM on a quarter of a CPU takes about a minute to start."
  type        = number
  default     = 180

  validation {
    condition     = var.health_check_grace_period_seconds >= 0 && var.health_check_grace_period_seconds <= 3600
    error_message = "The grace period is 0 to 3600 seconds."
  }
}

variable "tags" {
  description = "Tags for every resource of this module that takes tags, on top of the provider's default tags."
  type        = map(string)
  default     = {}
}
